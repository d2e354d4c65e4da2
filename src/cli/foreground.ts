/** Stays with a job until it has ended: hands its output on, and cancels it when the user asks. */
import type { Client } from '../client/client.ts'
import { PtrackError } from '../protocol/errors.ts'
import { isEnded } from '../protocol/names.ts'
import type { LogQuery } from '../protocol/requests.ts'
import type { ProcessView } from '../protocol/view.ts'
import type { Context } from './context.ts'
import { followLogs, isAway, type LogSink, readLogs, reconnect } from './log-stream.ts'

export interface Attended {
  view: ProcessView
  interruptedBy: NodeJS.Signals | null
}

/** Its own words on its own streams, as they are. With --json all of it goes to stderr, because stdout is data. */
const passOn = (context: Context): LogSink => ({
  lines: (lines) => {
    let out = ''
    let err = ''
    for (const line of lines) {
      if (line.stream === 'out' && !context.json) out += `${line.text}\n`
      else err += `${line.text}\n`
    }
    if (out !== '') context.io.out(out)
    if (err !== '') context.io.err(err)
  },
  notices: (notices) => {
    for (const notice of notices) context.note(notice)
  },
})

/** Resolves once a run has begun (or none will): before, there is no log to read. */
async function untilBegun(client: Client, id: string): Promise<void> {
  const begun = (view: ProcessView | undefined): boolean => view === undefined || view.run > 0 || isEnded(view.status)
  let settle: () => void = () => undefined
  const pushed = new Promise<void>((resolve) => {
    settle = resolve
  })
  const reply = await client.request('subscribe', { views: true, filter: { targets: [id] } })
  const off = client.on('views', ({ changed, removed }) => {
    if (removed.includes(id) || changed.some((view) => view.id === id && begun(view))) settle()
  })
  if (!begun(reply.snapshot?.find((view) => view.id === id))) await Promise.race([pushed, client.closed])
  off()
  await client.request('unsubscribe', { subscription: reply.subscription })
}

/** A run that could not even be started has no log: '' then. */
async function readBegun(client: Client, query: LogQuery, sink: LogSink, enough: () => boolean): Promise<string> {
  try {
    return await readLogs(client, query, sink, { goesOn: true, enough })
  } catch (error) {
    if (error instanceof PtrackError && error.code === 'NOT_FOUND') return ''
    throw error
  }
}

async function presentView(client: Client, id: string): Promise<ProcessView> {
  const [view] = await client.request('list', { targets: [id], all: true })
  if (view === undefined) throw new PtrackError('NOT_FOUND', 'cannot tell how the job ended: it was deleted meanwhile')
  return view
}

async function untilEnded(client: Client, id: string): Promise<void> {
  for (;;) {
    const [result] = await client.request('wait', { targets: [id], for: 'ended' })
    if (result?.error?.code !== 'TIMED_OUT') return
  }
}

export async function attend(
  context: Context,
  first: ProcessView,
  job: { startedMs: number; retries: number },
): Promise<Attended> {
  const { id } = first
  const sink = passOn(context)
  const place = { cursor: '' }
  let client = await context.client()
  let interruptedBy: NodeJS.Signals | null = null
  let presses = 0

  // Nobody reads any more, or the user has lost patience: what is left stays in the log.
  const enough = (): boolean => interruptedBy === 'SIGPIPE' || presses > 1
  const stopListening = context.io.onInterrupt((signal) => {
    interruptedBy ??= signal
    presses++
    if (presses === 1) context.note(`cancelling ${first.name}; Ctrl-C again kills it`)
    const asked =
      presses === 1
        ? client.request('cancel', { targets: [id], noWait: true })
        : client.request('signal', { targets: [id], signal: 'SIGKILL' })
    // The daemon may be away just now: then the user presses again.
    asked.catch((error: unknown) => context.note(error instanceof Error ? error.message : String(error)))
  })

  // Without retries its only run is named, so that an older log under the same name stays out; with them, all since now.
  const query: LogQuery = { targets: [id], stream: 'both', ...(job.retries === 0 ? { run: 1 } : { sinceMs: job.startedMs }) }
  const onward = (): LogQuery => (place.cursor === '' ? query : { targets: [id], stream: 'both', cursor: place.cursor })
  try {
    for (;;) {
      try {
        await untilBegun(client, id)
        place.cursor = await readBegun(client, onward(), sink, enough)
        const ended = untilEnded(client, id)
        if (place.cursor !== '') await followLogs(client, place, sink, ended)
        await ended
        // What was written between the last page and the end.
        if (place.cursor !== '' && !enough()) await readLogs(client, onward(), sink, { enough })
        return { view: await presentView(client, id), interruptedBy }
      } catch (error) {
        if (!isAway(error)) throw error
      }
      context.note('the daemon is gone, reconnecting; the job goes on')
      const goneAt = performance.now()
      // It comes back by itself when it is being restarted; else the job's outcome needs a new one.
      const next = await reconnect(
        () => (performance.now() - goneAt < 2000 ? context.connectOnly() : context.connectFresh()),
        () => false,
      )
      client = next!
    }
  } finally {
    stopListening()
  }
}
