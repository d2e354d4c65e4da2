/** A request whose daemon died before it answered: what only reads is asked again, of a change it is said that it may be done. */
import { PtrackError } from '../protocol/errors.ts'
import { monoMs } from '../protocol/mono.ts'
import type { Method } from '../protocol/requests.ts'
import { unreachableKind } from './connect.ts'
import type { Reader } from './empty-home.ts'

/** How long a daemon may be away until a reading command gives up, ms. */
export const AGAIN_MS = 10_000
const PAUSE_MS = 50

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
  'limits.get',
  'daemon.status',
] satisfies Method[])

/** The connection broke, or no daemon was there: another one may be asked. */
export const isLost = (error: unknown): boolean =>
  unreachableKind(error) !== null ||
  (error instanceof PtrackError && error.code === 'UNREACHABLE' && error.details?.errno === undefined)

export interface Asking<T> {
  method: Method
  /** The daemon that runs now; one is started where none does and there is a home. */
  connect(): Promise<Reader>
  work(reader: Reader): Promise<T>
  /** Whether the work may begin anew, such as while nothing has been printed. */
  mayRepeat?: () => boolean
}

/** What becomes of work that failed with `error`. Throws UNREACHABLE, for a change with `details.mayBeDone`. */
export async function askAgain<T>(error: unknown, asking: Asking<T>): Promise<T> {
  if (!isLost(error)) throw error
  const { method, connect, work, mayRepeat = () => true } = asking
  if (!READS.has(method))
    throw new PtrackError('UNREACHABLE', `cannot know whether \`${method}\` was done: the daemon ended before it answered`, {
      hint: 'look with `ptrack ls`, which starts the next daemon, and type it again if it was not',
      details: { mayBeDone: true },
      cause: error,
    })
  const deadline = monoMs() + AGAIN_MS
  let last = error
  while (isLost(last) && mayRepeat() && monoMs() < deadline) {
    try {
      return await work(await connect())
    } catch (next) {
      last = next
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
  throw last
}
