import { limitsSet as operation } from '../../supervisor/operations/limits-set.ts'
import type { Handler } from '../daemon-context.ts'

export const limitsSet: Handler<'limits.set'> = ({ supervisor }, params) => operation(supervisor, params)
