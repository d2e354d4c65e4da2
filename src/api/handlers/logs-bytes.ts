import { logsBytes as operation } from '../../supervisor/operations/logs-bytes.ts'
import type { Handler } from '../daemon-context.ts'

export const logsBytes: Handler<'logs.bytes'> = ({ supervisor }, params, { signal }) => operation(supervisor, params, signal)
