import { start as operation } from '../../supervisor/operations/start.ts'
import type { Handler } from '../daemon-context.ts'

export const start: Handler<'start'> = ({ supervisor }, params, { signal }) => operation(supervisor, params, signal)
