/** logs.bytes: the raw bytes of one stream, as they come. */
import { LogChunk } from '../../core/log-chunk.ts'
import { PtrackError } from '../../protocol/errors.ts'
import { limits } from '../../protocol/limits.ts'
import { isEnded } from '../../protocol/names.ts'
import { notFound } from '../../protocol/not-found.ts'
import type { Params } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'
import { liveRunOf, type Managed, nameOf } from '../registry.ts'
import { select } from './shared/select.ts'

/** Answers as soon as there are bytes or there never will be; at the latest when the time is up or the client has gone. */
export async function logsBytes(supervisor: Supervisor, params: Params<'logs.bytes'>, gone: AbortSignal): Promise<LogChunk> {
  const { clock, logs } = supervisor.world
  const { stream, run } = params
  const { managed, name } = logOf(supervisor, params.target)
  const deadline = clock.mono() + params.waitMs
  let { from } = params
  for (;;) {
    // Before the look at the log, which then contains all that a finished run wrote.
    const phase = phaseOf(managed, run)
    // An earlier process of this name may have had a run of this number: this one starts where the log ends now.
    if (phase === 'coming') from ??= logs.endOf(name, stream)
    const got =
      phase === 'coming'
        ? { from: from ?? 0, data: Buffer.alloc(0), lost: 0, atEnd: false }
        : await logs.readBytes(name, stream, { run, from, holds: params.holds }, limits.logBytes)
    const ended = phase === 'over' && got.atEnd
    const leftMs = deadline - clock.mono()
    if (got.data.length > 0 || got.lost > 0 || ended || leftMs <= 0 || gone.aborted)
      return new LogChunk(got.data, { from: got.from, lost: got.lost, ended, raw: params.raw })
    from = got.from
    await news(supervisor, { managed, name, stream, from, run, phase }, leftMs, gone)
  }
}

function logOf(supervisor: Supervisor, target: string): { managed: Managed | null; name: string } {
  const { matched } = select(supervisor, [target])
  const [managed] = matched
  if (matched.length > 1)
    throw new PtrackError('BAD_REQUEST', `cannot read the bytes of '${target}': ${matched.length} processes match it`, {
      hint: 'name one of them',
    })
  if (managed) return { managed, name: nameOf(managed) }
  const kept = supervisor.world.logs.keptAs(target)
  if (kept === null) throw notFound(target)
  return { managed: null, name: kept }
}

/** Of a run, or of the process when none is named: whether it has begun, and whether it is done writing. */
type Phase = 'coming' | 'alive' | 'over'

function phaseOf(managed: Managed | null, run: number | undefined): Phase {
  if (managed === null || managed.removed) return 'over'
  const { state, runNumber } = managed.record.tracked
  if (run === undefined) return isEnded(state.status) ? 'over' : 'alive'
  if (runNumber < run) return isEnded(state.status) ? 'over' : 'coming'
  if (runNumber > run) return 'over'
  // Its pre-start writes into the same log.
  if (liveRunOf(managed) !== null || ('command' in state && state.command?.live)) return 'alive'
  return state.status === 'starting' ? 'coming' : 'over'
}

interface Awaited {
  managed: Managed | null
  name: string
  stream: 'out' | 'err'
  from: number
  run: number | undefined
  phase: Phase
}

/** Resolves when the log grows beyond `from`, the run begins or is over, the time is up, or the client is gone. */
async function news(supervisor: Supervisor, awaited: Awaited, timeoutMs: number, gone: AbortSignal): Promise<void> {
  const { managed, name, stream, from, run, phase } = awaited
  if (managed === null) return
  const enough = new AbortController()
  const stop = (): void => enough.abort()
  const watch = supervisor.world.logs.whenBeyond(name, stream, from, stop)
  gone.addEventListener('abort', stop, { once: true })
  try {
    const changed = (each: Managed): boolean => phaseOf(each, run) !== phase
    await supervisor.waiters.until(managed, changed, timeoutMs, enough.signal)
  } finally {
    gone.removeEventListener('abort', stop)
    watch.close()
  }
}
