import { tokenRevoke as operation } from '../../supervisor/operations/token-revoke.ts'
import type { Handler } from '../daemon-context.ts'

export const tokenRevoke: Handler<'token.revoke'> = ({ supervisor }, params) => operation(supervisor, params)
