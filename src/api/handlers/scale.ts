import { scale as operation } from '../../supervisor/operations/scale.ts'
import type { Handler } from '../daemon-context.ts'

export const scale: Handler<'scale'> = ({ supervisor }, params) => operation(supervisor, params)
