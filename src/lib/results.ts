/** Rows of results from the first wanted one to the end of the process, each once, by an index that every daemon knows. */
import { Backoff } from '../protocol/backoff.ts'
import type { ResultPage, ResultRow } from '../protocol/history.ts'
import { limits } from '../protocol/limits.ts'
import type { Input } from '../protocol/requests.ts'
import type { ResultsOptions } from './inputs.ts'
import { isUnreachable, type Link } from './link.ts'

type AskResults = (params: Input<'results'>) => Promise<ResultPage>

export async function* followResults(
  ask: AskResults,
  link: Link,
  target: string,
  options: ResultsOptions,
): AsyncGenerator<ResultRow, void, void> {
  const { run, attempts, follow = true, onNotice } = options
  let from = options.from ?? 1
  const backoff = new Backoff()
  for (;;) {
    let page: ResultPage
    try {
      page = await ask({ target, run, attempts, from, waitMs: follow ? limits.longPollMs : 0 })
    } catch (error) {
      if (!follow || link.closed || !isUnreachable(error)) throw error
      const release = link.hold()
      await link.wait(backoff.next()).finally(release)
      continue
    }
    backoff.reset()
    for (const notice of page.notices) onNotice?.(notice)
    for (const row of page.rows) yield row
    from = page.next
    if (!page.more && (page.ended || !follow)) return
  }
}
