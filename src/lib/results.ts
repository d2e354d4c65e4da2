/** Rows of results from the first wanted one to the end of the process, each once: the place is an index that every daemon knows. */
import type { ResultPage, ResultRow } from '../protocol/history.ts'
import { limits } from '../protocol/limits.ts'
import type { Input } from '../protocol/requests.ts'
import type { ResultsOptions } from './inputs.ts'
import { isUnreachable, type Link } from './link.ts'

const BACKOFF_MS = { first: 100, max: 3000 }

type AskResults = (params: Input<'results'>) => Promise<ResultPage>

export async function* followResults(
  ask: AskResults,
  link: Link,
  target: string,
  options: ResultsOptions,
): AsyncGenerator<ResultRow, void, void> {
  const { run, attempts, follow = true, onNotice } = options
  let from = options.from ?? 1
  let backoffMs = BACKOFF_MS.first
  for (;;) {
    let page: ResultPage
    try {
      page = await ask({ target, run, attempts, from, waitMs: follow ? limits.longPollMs : 0 })
    } catch (error) {
      if (!follow || link.closed || !isUnreachable(error)) throw error
      const release = link.hold()
      await link.wait(backoffMs).finally(release)
      backoffMs = Math.min(backoffMs * 2, BACKOFF_MS.max)
      continue
    }
    backoffMs = BACKOFF_MS.first
    for (const notice of page.notices) onNotice?.(notice)
    for (const row of page.rows) yield row
    from = page.next
    if (!page.more && (page.ended || !follow)) return
  }
}
