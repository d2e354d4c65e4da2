import { logsCounts as operation } from '../../supervisor/operations/logs-counts.ts'
import type { Handler } from '../daemon-context.ts'

export const logsCounts: Handler<'logs.counts'> = ({ supervisor }, params, { signal }) => operation(supervisor, params, signal)
