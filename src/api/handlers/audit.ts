import { audit as operation } from '../../supervisor/operations/audit.ts'
import type { Handler } from '../daemon-context.ts'

export const audit: Handler<'audit'> = ({ supervisor }, params) => operation(supervisor, params)
