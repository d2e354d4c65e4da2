import { tokenCreate as operation } from '../../supervisor/operations/token-create.ts'
import type { Handler } from '../daemon-context.ts'

export const tokenCreate: Handler<'token.create'> = ({ supervisor }, params, { peer }) => operation(supervisor, params, peer)
