import { trackEnd as operation } from '../../supervisor/operations/track-end.ts'
import type { Handler } from '../daemon-context.ts'

export const trackEnd: Handler<'track.end'> = ({ supervisor }, params) => operation(supervisor, params)
