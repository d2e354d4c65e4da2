import { pause as operation } from '../../supervisor/operations/pause.ts'
import type { Handler } from '../daemon-context.ts'

export const pause: Handler<'pause'> = ({ supervisor }, params) => operation(supervisor, params)
