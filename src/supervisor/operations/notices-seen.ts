/** notices.seen: forgets what a person has seen. */
import type { Params, Reply } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'

export async function noticesSeen({ notices }: Supervisor, { ids }: Params<'notices.seen'>): Promise<Reply<'notices.seen'>> {
  notices.seen(ids)
  return { left: notices.unseen.length }
}
