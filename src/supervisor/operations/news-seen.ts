/** news.seen: remembers until when a user has looked at what went wrong. */
import { iso } from '../../core/iso.ts'
import { marked, readerOf } from '../../core/news.ts'
import type { Peer } from '../../core/rights.ts'
import { limits } from '../../protocol/limits.ts'
import type { Params, Reply } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'

/** Answered when it is on disk. */
export async function newsSeen(
  { settings, world }: Supervisor,
  { untilMs }: Params<'news.seen'>,
  by: Peer,
): Promise<Reply<'news.seen'>> {
  const reader = readerOf(by)
  const mark = { reader, untilMs, nowMs: world.clock.wall() }
  const newsSeen = marked(settings.now.newsSeen ?? {}, mark, limits.newsReaders)
  await settings.change({ newsSeen })
  return { seenAt: iso(newsSeen[reader]!) }
}
