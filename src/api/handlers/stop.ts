import { stop as operation } from '../../supervisor/operations/stop.ts'
import type { Handler } from '../daemon-context.ts'

export const stop: Handler<'stop'> = ({ supervisor }, params) => operation(supervisor, params)
