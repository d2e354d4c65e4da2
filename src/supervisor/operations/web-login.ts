/** web.login: a code for a browser, and the address for it. */
import type { Peer } from '../../core/rights.ts'
import type { HttpAddress } from '../../protocol/daemon-info.ts'
import { PtrackError } from '../../protocol/errors.ts'
import type { Params } from '../../protocol/requests.ts'
import type { WebLogin } from '../../protocol/web-requests.ts'
import type { Supervisor } from '../create-supervisor.ts'

/** `address`: where the daemon listens for HTTP. */
export async function webLogin(
  { logins }: Supervisor,
  { role, owner }: Params<'web.login'>,
  by: Peer,
  address: HttpAddress | null,
): Promise<WebLogin> {
  if (address === null)
    throw new PtrackError('FAILED', 'cannot open the web page: the daemon does not listen for HTTP', {
      hint: '`ptrack daemon restart --http 7077` does so (children live on); `ptrack daemon status` tells why it does not',
    })
  const { code, expiresAtMs } = logins.issue(role, owner ?? by.user, by)
  return { code, expiresAt: new Date(expiresAtMs).toISOString(), http: address }
}
