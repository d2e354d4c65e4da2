import { retentionGet as operation } from '../../supervisor/operations/retention-get.ts'
import type { Handler } from '../daemon-context.ts'

export const retentionGet: Handler<'retention.get'> = ({ supervisor }) => operation(supervisor)
