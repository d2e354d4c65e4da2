/** Follows a job until it has ended: passes its output on, and cancels it when the user asks. */
import type { Client } from '../../../client/client.ts'
import { isAway, reconnect } from '../../../client/log-stream.ts'
import type { SignalName } from '../../../protocol/definition.ts'
import { type ErrorBody, PtrackError } from '../../../protocol/errors.ts'
import { monoMs } from '../../../protocol/mono.ts'
import { isEnded } from '../../../protocol/names.ts'
import type { ProcessView } from '../../../protocol/view.ts'
import type { Context } from '../../context.ts'
import { rawOutput } from './raw-output.ts'

/** An older daemon sends its stop signal. */
const takesSignal = (client: Client): boolean => client.hello.capabilities.includes('cancel-signal')

export interface ForegroundEnd {
  view: ProcessView
  interruptedBy: NodeJS.Signals | null
  /** Why it was cancelled: a dependency has failed, so it could never begin. */
  blocked: ErrorBody | null
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

export interface Foreground {
  /** stderr is a terminal, and progress is shown on its last line. */
  withBar: boolean
  /** What Ctrl-C sends to the program. */
  interrupt: SignalName
}

export async function runInForeground(
  outer: Context,
  first: ProcessView,
  { withBar, interrupt }: Foreground,
): Promise<ForegroundEnd> {
  const bar = withBar ? (await import('./progress-bar.ts')).progressBar(outer, first) : null
  try {
    return await stayWith(bar?.context ?? outer, first, interrupt)
  } finally {
    bar?.end()
  }
}

async function stayWith(context: Context, first: ProcessView, interrupt: SignalName): Promise<ForegroundEnd> {
  const { id } = first
  const enough = new AbortController()
  const output = rawOutput(context, first, enough.signal)
  let client = await context.client()
  let interruptedBy: NodeJS.Signals | null = null
  let blocked: ErrorBody | null = null
  let presses = 0
  let run = 1

  const stopListening = context.io.onInterrupt((signal) => {
    interruptedBy ??= signal
    presses++
    // The reader is gone, or the user insists: the rest stays in the log.
    if (interruptedBy === 'SIGPIPE' || presses > 1) enough.abort()
    if (presses === 1) context.note(`cancelling ${first.name}; Ctrl-C again kills it`)
    const asked =
      presses === 1
        ? client.request('cancel', {
            targets: [id],
            noWait: true,
            ...(signal === 'SIGINT' && takesSignal(client) && { signal: interrupt }),
          })
        : client.request('signal', { targets: [id], signal: 'SIGKILL' })
    // The daemon may be away just now: then the user presses again.
    asked.catch((error: unknown) => context.note(error instanceof Error ? error.message : String(error)))
  })

  /** In the background a job waits until its dependency is fixed; here a person or script waits for the job. */
  const giveUpIfBlocked = async (client: Client): Promise<void> => {
    const [result] = await client.request('wait', { targets: [id], for: 'ended' })
    if (result === undefined || result.ok || result.view?.status !== 'pending') return
    blocked = result.error
    await client.request('cancel', { targets: [id], noWait: true })
  }
  // A daemon that goes away meanwhile is noticed below, and the next one is asked again.
  const look = (client: Client): void => void (first.status === 'pending' && giveUpIfBlocked(client).catch(() => undefined))

  try {
    look(client)
    for (;;) {
      try {
        await output.pump(client, run)
        if (enough.signal.aborted) await untilEnded(client, id)
        const view = await presentView(client, id)
        if (isEnded(view.status) && (view.run <= run || enough.signal.aborted)) return { view, interruptedBy, blocked }
        // A retry: the next attempt has begun, or will.
        run++
        continue
      } catch (error) {
        if (!isAway(error)) throw error
      }
      context.note('the daemon is gone, reconnecting; the job goes on')
      const goneAt = monoMs()
      // It may be restarting; otherwise the job's outcome needs a new one.
      const next = await reconnect(
        () => (monoMs() - goneAt < 2000 ? context.connectOnly() : context.connectFresh()),
        () => false,
      )
      client = next!
      look(client)
    }
  } finally {
    stopListening()
  }
}
