import { webLogin as operation } from '../../supervisor/operations/web-login.ts'
import type { Handler } from '../daemon-context.ts'

export const webLogin: Handler<'web.login'> = ({ supervisor, http }, params, { peer }) =>
  operation(supervisor, params, peer, http())
