import { killOrphan as operation } from '../../supervisor/operations/kill-orphan.ts'
import type { Handler } from '../daemon-context.ts'

export const killOrphan: Handler<'kill-orphan'> = ({ supervisor }, params) => operation(supervisor, params)
