import { signal as operation } from '../../supervisor/operations/signal.ts'
import type { Handler } from '../daemon-context.ts'

export const signal: Handler<'signal'> = ({ supervisor }, params) => operation(supervisor, params)
