import { trackStart as operation } from '../../supervisor/operations/track-start.ts'
import type { Handler } from '../daemon-context.ts'

export const trackStart: Handler<'track.start'> = ({ supervisor }, params, { signal, user, client, command }) =>
  operation(supervisor, params, signal, { user, client, command })
