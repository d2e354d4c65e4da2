import { reset as operation } from '../../supervisor/operations/reset.ts'
import type { Handler } from '../daemon-context.ts'

export const reset: Handler<'reset'> = ({ supervisor }, params) => operation(supervisor, params)
