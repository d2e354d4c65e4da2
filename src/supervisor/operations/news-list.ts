/** news.list: what went wrong since a user last looked. From the history and what lives, so that the marks alone are kept. */
import { iso, isoOrNull } from '../../core/iso.ts'
import { News, newsTime, readerOf } from '../../core/news.ts'
import type { Peer } from '../../core/rights.ts'
import { spansOf } from '../../core/run-spans.ts'
import { limits } from '../../protocol/limits.ts'
import { hasFailed } from '../../protocol/names.ts'
import type { NewsEntry, NewsPage, RunSpan } from '../../protocol/overview.ts'
import type { Params } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'
import { nameOf } from '../registry.ts'
import { chosen } from './shared/chosen.ts'
import { noticesOf, scanHistory } from './shared/history-rows.ts'

export async function newsList(supervisor: Supervisor, params: Params<'news.list'>, reader: Peer): Promise<NewsPage> {
  const { owner, max } = params
  const mark = supervisor.settings.now.newsSeen?.[readerOf(reader)]
  const { seenMs, sinceMs } = newsTime(mark, supervisor.world.clock.wall())
  const news = new News(seenMs)
  const unhealthy = (
    { id, name, run }: { id: string; name: string; run: number },
    spans: readonly RunSpan[],
    reason: string | null,
  ) => {
    for (const { kind, from } of spans) {
      const atMs = Date.parse(from)
      if (kind === 'unhealthy' && atMs >= sinceMs) news.add({ id, name, run, what: 'unhealthy', atMs, reason })
    }
  }
  let wholeMs = sinceMs
  let rows = 0
  const { unreadable } = await scanHistory(supervisor, { sinceMs }, (row) => {
    if (owner !== undefined && row.owner !== owner) return true
    const atMs = Date.parse(row.endedAt)
    if (++rows > limits.newsRuns) {
      wholeMs = atMs
      return false
    }
    if (hasFailed(row.outcome)) {
      const { id, name, run, reason } = row
      const isLooping = supervisor.registry.get(id)?.record.tracked.crashLoop === true
      const what = isLooping ? 'crash-loop' : (row.outcome as NewsEntry['what'])
      news.add({ id, name, run, what, atMs, reason })
    }
    unhealthy(row, row.spans ?? [], null)
    return true
  })
  for (const managed of chosen(supervisor, { owner })) {
    const { id, timeline, tracked } = managed.record
    const spans = spansOf(timeline, tracked.runNumber, null)
    unhealthy({ id, name: nameOf(managed), run: tracked.runNumber }, spans, managed.observed.health.reason)
  }
  return {
    seenAt: isoOrNull(mark ?? null),
    since: iso(wholeMs),
    fresh: news.fresh,
    entries: news.entries(max),
    notices: noticesOf(unreadable),
  }
}
