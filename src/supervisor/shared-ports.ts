/** Whether a run serves its shared sockets. A connection would say nothing: the kernel accepts it for whichever instance comes. */
import type { LiveRun } from '../core/state.ts'
import type { Listener, World } from '../core/world.ts'
import { addressOf, NOT_LISTENING, type OpenSocket, wrongAddress } from '../protocol/sockets.ts'

/** A program that waits in accept, poll or select is in no list of the kernel: it counts as serving after this time. */
const SERVES_BY_TIME_MS = 3000

/** The pid that serves, or why none does. */
export type Serving = { pid: number } | { why: string }

/** `byTime`: its program does not say what it serves. */
export function servingOf(
  { table, clock }: Pick<World, 'table' | 'clock'>,
  live: LiveRun | null,
  socket: OpenSocket,
  byTime: boolean,
): Serving {
  // The recorder has the socket too.
  const pids = live === null ? [] : table.below(live.leader.pid)
  const how = table.serving(pids, socket.inode)
  const pid = live?.program?.pid ?? pids[0] ?? 0
  if (how === 'waits') return { pid }
  const at = `its socket ${addressOf(socket)}`
  const elsewhere = ownListener(table, pids, socket)
  if (elsewhere !== null && elsewhere.port === socket.port)
    return { why: wrongAddress(addressOf({ port: elsewhere.port, host: elsewhere.address, path: null }), addressOf(socket)) }
  if (elsewhere !== null) return { why: `${NOT_LISTENING} ${at}; it listens on port ${elsewhere.port}` }
  const ranMs = live === null ? 0 : clock.mono() - live.startedMono - live.pausedMs
  if (byTime && how === 'open' && ranMs >= SERVES_BY_TIME_MS) return { pid }
  return { why: `${NOT_LISTENING} ${at}` }
}

/** Where it listens by itself: at the port of the socket rather than at another. */
function ownListener(table: World['table'], pids: readonly number[], socket: OpenSocket): Listener | null {
  const listeners = table.listeners().filter(({ inode }) => inode !== socket.inode)
  const held = table.holders(new Set(listeners.map(({ inode }) => inode)), pids)
  const own = listeners.filter(({ inode }) => held.has(inode))
  return own.find(({ port }) => port === socket.port) ?? own[0] ?? null
}
