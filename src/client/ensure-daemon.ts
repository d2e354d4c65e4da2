/** Connects, starting a daemon first if none runs. */
import type { DaemonFlag } from '../protocol/daemon-command.ts'
import { formatDuration } from '../protocol/duration.ts'
import { PtrackError } from '../protocol/errors.ts'
import { monoMs } from '../protocol/mono.ts'
import type { Client } from './client.ts'
import { type ConnectOptions, connect, unreachableKind } from './connect.ts'
import { lockHolder } from './lock-holder.ts'
import { type SpawnedDaemon, spawnDaemon } from './spawn-daemon.ts'

/** A boot that adopts thousands of processes, or on a disk under full load, takes seconds. */
const START_TIMEOUT_MS = 30_000

export interface EnsureOptions extends Omit<ConnectOptions, 'timeoutMs'> {
  /** The caller's environment; its PTRACK_* variables do not reach the daemon. */
  env: Record<string, string | undefined>
  daemonScript: string
  flag?: DaemonFlag | undefined
  /** How long a daemon may take until it answers, ms; 30 s. */
  startTimeoutMs?: number
  /** Called once, when a daemon is really being started. */
  onStart?: () => void
}

/** A daemon killed during start-up received no request, so another may be tried; repeated kills have a reason. */
const KILLED_AGAIN = 2

/** A client of this home's daemon, started if none is; losers of its lock exit with 0. Throws UNREACHABLE with its last line. */
export async function connectOrStart(options: EnsureOptions): Promise<Client> {
  const first = await tryConnect(options, 10_000)
  if (first) return first
  const timeoutMs = options.startTimeoutMs ?? START_TIMEOUT_MS
  const deadline = monoMs() + timeoutMs
  /** Ours, while it may still come up; null = start one in the next turn, unless the lock is held. */
  let daemon: SpawnedDaemon | null = null
  let starts = 0
  let again = KILLED_AGAIN
  // A loser of the lock exits; another try is needed only when the lock is free afterwards. Rarer each time, as dozens of callers
  // may be waiting.
  let patienceMs = 1000
  let lostAt: number | null = null
  const letGo = (): void => {
    daemon?.release()
    daemon = null
  }
  try {
    for (let pauseMs = 5; ; pauseMs = Math.min(pauseMs * 2, 80)) {
      if (daemon === null && lockHolder(options.home) === null) {
        if (starts++ === 0) options.onStart?.()
        daemon = spawnDaemon(options)
      }
      const left = deadline - monoMs()
      const client = await tryConnect(options, Math.max(100, left))
      if (client) return client
      if (left <= 0) throw notUp(`it did not answer within ${formatDuration(timeoutMs)}`, daemon)
      const outcome = daemon?.outcome ?? null
      if (outcome !== null && outcome.failure !== null) {
        // A last try: another daemon may have come up meanwhile, which makes this failure irrelevant.
        const other = await tryConnect(options, Math.max(100, left))
        if (other) return other
        if (!outcome.killed || again-- === 0) throw notUp(outcome.failure, daemon)
        letGo()
      } else if (outcome !== null) {
        lostAt ??= monoMs()
        if (monoMs() - lostAt > patienceMs) {
          letGo()
          lostAt = null
          patienceMs *= 2
        }
      }
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
  } finally {
    letGo()
  }
}

/** null = no process listens; other errors are thrown. */
async function tryConnect(options: EnsureOptions, timeoutMs: number): Promise<Client | null> {
  try {
    return await connect({ ...options, timeoutMs })
  } catch (error) {
    if (unreachableKind(error) === null) throw error
    return null
  }
}

function notUp(reason: string, daemon: SpawnedDaemon | null): PtrackError {
  const words = daemon?.lastErrorLine()?.replace(/^ptrackd: /, '') ?? null
  // Our own messages end with their advice.
  const advice =
    words?.startsWith('cannot ') && words.includes('; ')
      ? undefined
      : 'run `ptrack daemon run` to see what it says, or `ptrack doctor`'
  return new PtrackError('UNREACHABLE', `cannot start the daemon: ${words ?? reason}`, {
    hint: advice,
    details: words === null ? undefined : { exit: reason },
  })
}
