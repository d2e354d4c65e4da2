/** Results and events of one process. Events only wake it; rows are read from the store, so that none is missed or doubled. */
import type { PtrackEvent } from '../../protocol/events.ts'
import type { ResultPage } from '../../protocol/history.ts'
import { isEnded, STATUS_CLAUSES } from '../../protocol/names.ts'
import type { ProcessView } from '../../protocol/view.ts'
import { type EventStream, sseEvent } from './server-sent.ts'

const PAGE_ROWS = 200

export interface ProcessStreamOptions {
  stream: EventStream
  view: ProcessView
  from: number
  readRows(from: number, max: number): Promise<ResultPage>
  /** Calls back with events of this process from now on; returns how to stop. */
  onEvent(listener: (event: PtrackEvent) => void): () => void
  /** Aborted when the client goes, or loses its rights. */
  gone: AbortSignal
}

const FORWARDED: ReadonlySet<string> = new Set(['paused', 'resumed', 'cancelled', 'completed'])
const WAKING: ReadonlySet<string> = new Set(['result', ...FORWARDED])

const message = (name: string, data: unknown, id?: number): string =>
  sseEvent(name, JSON.stringify({ type: name, ...(data as object) }), id === undefined ? undefined : String(id))

/** Resolves when the process has ended and everything is sent, or the client is gone. */
export async function streamProcess(options: ProcessStreamOptions): Promise<void> {
  const { stream, view, readRows, gone } = options
  const pending: PtrackEvent[] = []
  let wake: () => void = () => {}
  const stop = options.onEvent((event) => {
    if (!WAKING.has(event.type)) return
    // Rows are read, not queued; of other events a run has few.
    if (event.type !== 'result') pending.push(event)
    rowsDue = true
    wake()
  })
  let rowsDue = true
  gone.addEventListener('abort', () => wake(), { once: true })
  let next = options.from
  /** Rows up to here existed before the client came. */
  let existing: number | null = null
  const rows = async (): Promise<void> => {
    rowsDue = false
    for (;;) {
      await stream.room()
      if (gone.aborted) return
      const page = await readRows(next, PAGE_ROWS)
      existing ??= page.total
      for (const row of page.rows)
        stream.send(message(row.index <= existing ? 'existing_result' : 'result', { data: row, progress: null }, row.index))
      next = Math.max(next, page.next)
      if (!page.more) return
    }
  }
  try {
    stream.send(message('connected', { process: view }))
    let ended = isEnded(view.status)
    for (;;) {
      if (rowsDue) await rows()
      // After the rows that existed when it happened.
      while (!rowsDue && pending.length > 0) {
        const event = pending.shift()!
        stream.send(message(event.type, { message: messageOf(event), event }))
        ended = event.type === 'completed'
      }
      if (gone.aborted) return
      if (ended && !rowsDue && pending.length === 0) {
        if (isEnded(view.status))
          stream.send(message('completed', { message: `${view.name} ${STATUS_CLAUSES[view.status]}`, event: null }))
        return
      }
      if (rowsDue || pending.length > 0) continue
      await new Promise<void>((resolve) => {
        wake = resolve
        if (gone.aborted) resolve()
      })
    }
  } finally {
    stop()
  }
}

function messageOf(event: PtrackEvent): string {
  return event.type === 'completed' ? `${event.process} ${STATUS_CLAUSES[event.status]}` : `${event.process} was ${event.type}`
}
