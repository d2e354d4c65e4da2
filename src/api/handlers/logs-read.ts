import { logsRead as operation } from '../../supervisor/operations/logs-read.ts'
import type { Handler } from '../daemon-context.ts'

export const logsRead: Handler<'logs.read'> = ({ supervisor }, params, { signal }) => operation(supervisor, params, signal)
