import { checkpoint as operation } from '../../supervisor/operations/checkpoint.ts'
import type { Handler } from '../daemon-context.ts'

export const checkpoint: Handler<'checkpoint'> = ({ supervisor }, params, { signal }) => operation(supervisor, params, signal)
