import { metricsHistory as operation } from '../../supervisor/operations/metrics-history.ts'
import type { Handler } from '../daemon-context.ts'

export const metricsHistory: Handler<'metrics.history'> = ({ supervisor }, params) => operation(supervisor, params)
