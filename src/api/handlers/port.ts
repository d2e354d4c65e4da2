import { port as operation } from '../../supervisor/operations/port.ts'
import type { Handler } from '../daemon-context.ts'

export const port: Handler<'port'> = ({ supervisor }, params) => operation(supervisor, params)
