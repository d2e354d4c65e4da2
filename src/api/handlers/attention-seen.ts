import { attentionSeen as operation } from '../../supervisor/operations/attention-seen.ts'
import type { Handler } from '../daemon-context.ts'

export const attentionSeen: Handler<'attention.seen'> = ({ supervisor }, params, { user }) => operation(supervisor, params, user)
