/** A request whose daemon died before the answer: reads, and requests with an id, are repeated; else it may have been done. */
import { PtrackError } from '../protocol/errors.ts'
import { monoMs } from '../protocol/mono.ts'
import type { Method } from '../protocol/requests.ts'
import { unreachableKind } from './connect.ts'
import type { Reader } from './empty-home.ts'

/** How long a daemon may be away before a command gives up, ms. */
export const AGAIN_MS = 10_000
const PAUSE_MS = 50
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, PAUSE_MS))

/** Requests that change nothing. `wait` begins anew, its time included. */
const READS: ReadonlySet<Method> = new Set([
  'list',
  'show',
  'why',
  'tree',
  'env',
  'port',
  'wait',
  'orphans',
  'history',
  'stats',
  'types',
  'results',
  'logs.read',
  'logs.bytes',
  'limits.get',
  'policy.get',
  'retention.get',
  'hooks.list',
  'token.ls',
  'daemon.status',
] satisfies Method[])

/** Idempotent: they only set values, and an unprinted login code expires. A row of results has a key (`hasId`). */
const SAID_ONCE: ReadonlySet<Method> = new Set(['progress', 'step', 'notify', 'web.login'] satisfies Method[])

/** Where a change shows, if not in the list. */
const LOOK: { [M in Method]?: string } = {
  set: 'ptrack show NAME',
  progress: 'ptrack show NAME',
  step: 'ptrack show NAME',
  result: 'ptrack results NAME',
  'kill-orphan': 'ptrack orphans',
  'limits.set': 'ptrack limits',
  'policy.set': 'ptrack policy',
  'policy.delete': 'ptrack policy',
  'retention.set': 'ptrack retention',
  'hooks.add': 'ptrack hooks',
  'hooks.delete': 'ptrack hooks',
  'token.create': 'ptrack token ls',
  'token.revoke': 'ptrack token ls',
}

/** The connection broke, or no daemon was there: another may be asked. An answer with that code is an answer. */
export const isLost = (error: unknown): boolean => unreachableKind(error) !== null

/** No connection was made, so nothing was sent. Irrelevant for reads. */
export function unsent(error: unknown, method: Method): unknown {
  if (READS.has(method) || !(error instanceof PtrackError) || error.code !== 'UNREACHABLE') return error
  return new PtrackError('UNREACHABLE', error.message, {
    hint: error.hint === undefined ? 'nothing was changed' : `nothing was changed; ${error.hint}`,
    details: { ...error.details, mayBeDone: false },
    cause: error,
  })
}

function uncertain(error: unknown, method: Method): unknown {
  if (READS.has(method)) return error
  const typed = method.replace('.', ' ')
  return new PtrackError('UNREACHABLE', `cannot know whether \`${typed}\` was done: the daemon ended before it answered`, {
    hint: `look with \`${LOOK[method] ?? 'ptrack ls'}\`, and type it again if it was not`,
    details: { mayBeDone: true },
    cause: error,
  })
}

export interface Asking<T, R> {
  method: Method
  /** The running daemon; started if the caller may do that. */
  connect(): Promise<R>
  work(reader: R): Promise<T>
  /** Whether the work may begin anew, such as while nothing has been printed. */
  mayRepeat?: () => boolean
  /** The request carries an id that the next daemon recognizes. */
  hasId?: boolean
}

/** Retries work that failed with `error`. Throws UNREACHABLE, for a change with `details.mayBeDone`. */
export async function askAgain<T, R = Reader>(error: unknown, asking: Asking<T, R>): Promise<T> {
  const { method, connect, work, mayRepeat = () => true, hasId = false } = asking
  const repeats = hasId || READS.has(method) || SAID_ONCE.has(method)
  const deadline = monoMs() + AGAIN_MS
  let sent = wasSent(error)
  let last = error
  while (isLost(last) && (repeats || !sent) && mayRepeat() && monoMs() < deadline) {
    let reader: R
    try {
      reader = await connect()
    } catch (away) {
      last = away
      await pause()
      continue
    }
    try {
      return await work(reader)
    } catch (next) {
      last = next
      sent ||= wasSent(next)
      await pause()
    }
  }
  if (!isLost(last)) throw last
  throw sent ? uncertain(last, method) : unsent(last, method)
}

const wasSent = (error: unknown): boolean => !(error instanceof PtrackError && error.details?.sent === false)
