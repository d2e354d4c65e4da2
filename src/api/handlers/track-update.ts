import { trackUpdate as operation } from '../../supervisor/operations/track-update.ts'
import type { Handler } from '../daemon-context.ts'

export const trackUpdate: Handler<'track.update'> = ({ supervisor }, params) => operation(supervisor, params)
