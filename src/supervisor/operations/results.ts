/** results: existing rows, new ones while the client waits, and those of a process that is gone. */
import { PtrackError } from '../../protocol/errors.ts'
import type { HistoryRow, ResultPage } from '../../protocol/history.ts'
import { limits } from '../../protocol/limits.ts'
import { isEnded } from '../../protocol/names.ts'
import { notFound } from '../../protocol/not-found.ts'
import { isPattern } from '../../protocol/patterns.ts'
import type { Params } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'
import { type Managed, nameOf } from '../registry.ts'
import { scanHistory } from './shared/history-rows.ts'
import { select } from './shared/select.ts'

/** Rows of one reply; the rest of the frame is for the envelope. */
const PAGE_BYTES = limits.frameBytes - 128 * 1024

const boundsOf = ({ max, run, attempts }: Params<'results'>) => ({ maxRows: max, maxBytes: PAGE_BYTES, run, attempts })

/** Answers as soon as there is a row or there never will be; at the latest when the time is up or the client has gone. */
export async function results(supervisor: Supervisor, params: Params<'results'>, gone: AbortSignal): Promise<ResultPage> {
  const { clock, results: store } = supervisor.world
  if (params.attempts === 'last' && params.waitMs > 0)
    throw new PtrackError('BAD_REQUEST', 'cannot wait for rows of the last attempt: a later one may begin', {
      hint: 'wait without `attempts`, or ask for the last attempt without `waitMs`',
    })
  const { matched } = select(supervisor, [params.target])
  const [managed] = matched
  if (managed === undefined) return formerResults(supervisor, params)
  if (matched.length > 1)
    throw new PtrackError('BAD_REQUEST', `cannot read the results of '${params.target}': more than one process matches it`, {
      hint: 'name one of them',
    })
  const { id } = managed.record
  const deadline = clock.mono() + params.waitMs
  let { from } = params
  for (;;) {
    // Before the look at the file: what comes between it and the wait is noticed.
    const ended = isOver(managed, params.run)
    const news = watch(supervisor, managed, params.run, ended)
    try {
      const page = await store.read(id, from, boundsOf(params))
      const leftMs = deadline - clock.mono()
      if (page.rows.length > 0 || page.more || ended || leftMs <= 0 || gone.aborted) {
        const total = managed.record.tracking?.results ?? 0
        const notices = page.notices.map((notice) => `${nameOf(managed)}: ${notice}`)
        const { rows, next, more } = page
        return { id, name: nameOf(managed), rows, next, more, total: Math.max(total, next - 1), ended, notices }
      }
      from = page.next
      await news.within(leftMs, gone)
    } finally {
      news.close()
    }
  }
}

/** Of a process no longer listed: the newest of that name, or the one with that id. */
async function formerResults(supervisor: Supervisor, params: Params<'results'>): Promise<ResultPage> {
  const { results: store } = supervisor.world
  if (isPattern(params.target)) throw notFound(params.target)
  const former = await findFormer(supervisor, params.target, params.owner)
  const { id, name } = former
  const page = await store.read(id, params.from, boundsOf(params))
  const { rows: total } = await store.look(id)
  const notices = page.notices.map((notice) => `${name}: ${notice}`)
  if (total === 0 && (await hadResults(supervisor, former)))
    notices.push(
      `${name}: its results are gone (removed by \`ptrack delete --purge\`, \`ptrack gc\` or by hand); \`ptrack history ${name}\` still has its runs`,
    )
  return { id, name, rows: page.rows, next: page.next, more: page.more, total, ended: true, notices }
}

/** The last row of history about it; of a process of this owner, where one is named. Throws NOT_FOUND. */
async function findFormer(supervisor: Supervisor, target: string, owner: string | undefined): Promise<HistoryRow> {
  let found: HistoryRow | null = null
  let instance: string | null = null
  await scanHistory(supervisor, {}, (row) => {
    if (owner !== undefined && row.owner !== owner) return true
    if (row.id === target || row.name === target) found = row
    if (row.name.startsWith(target) && /^:\d+$/.test(row.name.slice(target.length))) instance ??= row.name
    return found === null
  })
  if (found !== null) return found
  const error = notFound(target)
  if (instance === null) throw error
  const hint = `it was a set of instances: \`ptrack results ${instance}\` shows those of one`
  throw new PtrackError(error.code, error.message, { hint, details: error.details })
}

async function hadResults(supervisor: Supervisor, former: HistoryRow): Promise<boolean> {
  let had = former.results > 0
  if (!had)
    await scanHistory(supervisor, {}, (row) => {
      had = row.id === former.id && row.results > 0
      return !had
    })
  return had
}

function isOver({ record, removed }: Managed, run: number | undefined): boolean {
  const { state, runNumber } = record.tracked
  return removed || isEnded(state.status) || (run !== undefined && run < runNumber)
}

/** Listens from now on, so that nothing is missed between a look and the wait for the next. */
function watch(supervisor: Supervisor, managed: Managed, run: number | undefined, ended: boolean) {
  const news = new AbortController()
  const stop = (): void => news.abort()
  const unlisten = supervisor.progressKeeper.onResult(managed, stop)
  return {
    within: async (ms: number, gone: AbortSignal): Promise<void> => {
      gone.addEventListener('abort', stop, { once: true })
      try {
        await supervisor.waiters.until(managed, (each) => isOver(each, run) !== ended, ms, news.signal)
      } finally {
        gone.removeEventListener('abort', stop)
      }
    },
    close: unlisten,
  }
}
