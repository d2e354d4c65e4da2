/** Starts a run through a holder of its sockets: a script, a line, and the pid that comes back. */
import type { Identity } from '../../core/state.ts'
import type { SpawnPlan } from '../../core/world.ts'
import { quoted } from '../../protocol/shell-quote.ts'
import { CannotStart } from '../cannot-start.ts'
import type { Launch } from '../launch.ts'
import { type Body, begun, type HolderTable, type Order, order } from './order.ts'
import type { SocketPlaces } from './places.ts'
import { runScript } from './run-script.ts'

/** What the recorder does when the exit is written down. */
export const reportTo = ({ exits }: SocketPlaces, runId: string): string =>
  `[ -p ${quoted(exits)} ] && echo ${runId} 1<>${quoted(exits)}; `

/** Throws CannotStart (SOCKETS_LOST) when no holder lives. */
export function orderRun(places: SocketPlaces, plan: SpawnPlan, launch: Launch, umask: number, table: HolderTable): Order {
  const open = plan.sockets!
  const { cwd, stdinFile, outFile, errFile } = plan
  const body: Body = (report) => runScript(launch, { cwd, stdinFile, outFile, errFile, umask, report })
  const made = order(places, open.dir, plan.run.id, body, open.holders, table)
  if (made === null) throw new CannotStart('SOCKETS_LOST', 'no process holds its sockets any more; stop it, and start it again')
  return made
}

/** The recorder. Throws CannotStart when it never began. */
export function begunRun(made: Order, table: HolderTable): Identity {
  const leader = begun(made, table)
  if (leader === null)
    throw new CannotStart(
      'SPAWN_FAILED',
      'the holder of its sockets does not answer; is it stopped (SIGSTOP)? stop the process, and start it again',
    )
  return leader
}
