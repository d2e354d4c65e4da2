import { restart as operation } from '../../supervisor/operations/restart.ts'
import type { Handler } from '../daemon-context.ts'

export const restart: Handler<'restart'> = ({ supervisor }, params) => operation(supervisor, params)
