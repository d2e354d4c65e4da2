import { result as operation } from '../../supervisor/operations/result.ts'
import type { Handler } from '../daemon-context.ts'

export const result: Handler<'result'> = ({ supervisor }, params) => operation(supervisor, params)
