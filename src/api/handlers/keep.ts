import { keep as operation } from '../../supervisor/operations/keep.ts'
import type { Handler } from '../daemon-context.ts'

export const keep: Handler<'keep'> = ({ supervisor }, params) => operation(supervisor, params)
