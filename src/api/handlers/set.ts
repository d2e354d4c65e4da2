import { set as operation } from '../../supervisor/operations/set.ts'
import type { Handler } from '../daemon-context.ts'

export const set: Handler<'set'> = ({ supervisor }, params) => operation(supervisor, params)
