/** notices.list: what a person should see once. The hello carries their number, so that none cost nothing. */
import { type Peer, reachOf } from '../../core/rights.ts'
import type { Reply } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'

export async function noticesList({ notices }: Supervisor): Promise<Reply<'notices.list'>> {
  return [...notices.unseen]
}

/** For the hello of a peer that may read them. */
export function unseenNotices(supervisor: Supervisor | null, peer: Peer): { notices?: number } {
  const count = supervisor?.notices.unseen.length ?? 0
  return count > 0 && reachOf(peer, 'notices.list') !== 'none' ? { notices: count } : {}
}
