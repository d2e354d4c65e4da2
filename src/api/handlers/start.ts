import { start as operation } from '../../supervisor/operations/start.ts'
import type { Handler } from '../daemon-context.ts'

export const start: Handler<'start'> = ({ supervisor }, params, { user, client, command, signal }) =>
  operation(supervisor, params, { user, client, command }, signal)
