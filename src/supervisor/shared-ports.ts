/** Whether a run serves its shared sockets. A connection would say nothing: the kernel accepts it for whichever instance comes. */
import type { LiveRun } from '../core/state.ts'
import type { World } from '../core/world.ts'
import { addressOf, NOT_LISTENING, type OpenSocket } from '../protocol/sockets.ts'

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
  const elsewhere = otherPort(table, pids, socket)
  if (elsewhere !== null) return { why: `${NOT_LISTENING} ${at}; it listens on port ${elsewhere}` }
  const ranMs = live === null ? 0 : clock.mono() - live.startedMono - live.pausedMs
  if (byTime && how === 'open' && ranMs >= SERVES_BY_TIME_MS) return { pid }
  return { why: `${NOT_LISTENING} ${at}` }
}

/** A port that it listens on by itself. */
function otherPort(table: World['table'], pids: readonly number[], socket: OpenSocket): number | null {
  const listeners = table.listeners().filter(({ inode }) => inode !== socket.inode)
  const held = table.holders(new Set(listeners.map(({ inode }) => inode)), pids)
  return listeners.find(({ inode }) => held.has(inode))?.port ?? null
}
