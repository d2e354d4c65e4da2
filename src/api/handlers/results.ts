/** Rows of results: those that are there, and those that come while the client waits. */
import { PtrackError } from '../../protocol/errors.ts'
import type { ResultPage } from '../../protocol/history.ts'
import { limits } from '../../protocol/limits.ts'
import { isEnded } from '../../protocol/names.ts'
import type { Params } from '../../protocol/requests.ts'
import type { Orchestrator } from '../../supervisor/orchestrator.ts'
import { type Managed, nameOf } from '../../supervisor/registry.ts'
import { selectAll } from './select.ts'

/** Rows of one reply; the rest of the frame is for what stands around them. */
const PAGE_BYTES = limits.frameBytes - 128 * 1024

/** Answers as soon as there is a row, or never will be; at the latest when the time is up or the client has gone. */
export async function results(orchestrator: Orchestrator, params: Params<'results'>, gone: AbortSignal): Promise<ResultPage> {
  const { clock, results: store } = orchestrator.world
  const [managed, another] = selectAll(orchestrator, [params.target])
  if (managed === undefined || another !== undefined)
    throw new PtrackError('BAD_REQUEST', `cannot read the results of '${params.target}': more than one process matches it`, {
      hint: 'name one of them',
    })
  const { id } = managed.record
  const deadline = clock.mono() + params.waitMs
  let { from } = params
  for (;;) {
    // Before the look at the file: what comes between it and the wait is noticed.
    const ended = isOver(managed, params.run)
    const news = watch(orchestrator, managed, params.run, ended)
    try {
      const page = await store.read(id, from, { maxRows: params.max, maxBytes: PAGE_BYTES, run: params.run })
      const leftMs = deadline - clock.mono()
      if (page.rows.length > 0 || page.more || ended || leftMs <= 0 || gone.aborted) {
        const total = managed.record.tracking?.results ?? 0
        const notices = page.notices.map((notice) => `${nameOf(managed)}: ${notice}`)
        return { rows: page.rows, next: page.next, more: page.more, total: Math.max(total, page.next - 1), ended, notices }
      }
      from = page.next
      await news.within(leftMs, gone)
    } finally {
      news.close()
    }
  }
}

function isOver({ record, removed }: Managed, run: number | undefined): boolean {
  const { state, runNumber } = record.tracked
  return removed || isEnded(state.status) || (run !== undefined && run < runNumber)
}

/** Listens from now on, so that nothing falls between a look and the wait for the next. */
function watch(orchestrator: Orchestrator, managed: Managed, run: number | undefined, ended: boolean) {
  const news = new AbortController()
  const stop = (): void => news.abort()
  const unlisten = orchestrator.tracker.onResult(managed, stop)
  return {
    within: async (ms: number, gone: AbortSignal): Promise<void> => {
      gone.addEventListener('abort', stop, { once: true })
      try {
        await orchestrator.settler.until(managed, (each) => isOver(each, run) !== ended, ms, news.signal)
      } finally {
        gone.removeEventListener('abort', stop)
      }
    },
    close: unlisten,
  }
}
