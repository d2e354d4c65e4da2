import { stats as operation } from '../../supervisor/operations/stats.ts'
import type { Handler } from '../daemon-context.ts'

export const stats: Handler<'stats'> = ({ supervisor }, params) => operation(supervisor, params)
