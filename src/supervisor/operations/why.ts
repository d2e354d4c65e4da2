/** why: what happened to a process, and the last lines of its failed runs. */
import type { Definition } from '../../protocol/definition.ts'
import { limits } from '../../protocol/limits.ts'
import type { AuditEntry } from '../../protocol/overview.ts'
import { saysPortTaken } from '../../protocol/port-taken.ts'
import type { Params } from '../../protocol/requests.ts'
import type { WhyView } from '../../protocol/view.ts'
import type { Supervisor } from '../create-supervisor.ts'
import { FAILURE_LINES, lastLines } from '../last-output.ts'
import { type Managed, nameOf } from '../registry.ts'
import { selectAll } from './shared/select.ts'

/** What defines a process is noted before it is made: its ports are drawn and its file checked in between. */
const DEFINED_MS = 10_000

export async function why(supervisor: Supervisor, params: Params<'why'>): Promise<WhyView[]> {
  const all = selectAll(supervisor, params.targets)
  const actions = await actionsOf(supervisor, all)
  return Promise.all(
    all.map(async (managed) => {
      const { runs, timeline } = managed.record
      const failed = runs.filter((run) => !['done', 'stopped', 'cancelled'].includes(run.outcome)).slice(-5)
      const failures = await Promise.all(
        failed.map(async (run, n) => {
          // Half as many for earlier ones.
          const tail = n === failed.length - 1 ? FAILURE_LINES : FAILURE_LINES / 2
          const lines = await lastLines(supervisor, managed, { run: run.ref.number, stream: 'err' }, tail)
          const cause = saysPortTaken(lines) ? portTaken(managed.record.definition) : ''
          return {
            run: run.ref.number,
            outcome: run.outcome as WhyView['failures'][number]['outcome'],
            at: new Date(run.endedAtMs).toISOString(),
            reason: `${run.reason ?? 'unknown'}${cause}`,
            lines,
          }
        }),
      )
      return { view: supervisor.views.of(managed), timeline, actions: actions.get(managed.record.id)!, failures }
    }),
  )
}

/** No port is declared for an instance that chooses its own, which all of its set do alike. */
const portTaken = ({ instance, ports }: Definition): string =>
  instance !== null && ports.length === 0
    ? '; a port it wants is taken, and instances can only share one that is declared as a socket (--socket)'
    : '; a port it wants is taken'

/** Oldest first, by id. */
async function actionsOf({ world }: Supervisor, all: readonly Managed[]): Promise<Map<string, AuditEntry[]>> {
  const actions = new Map(all.map(({ record }) => [record.id, [] as AuditEntry[]]))
  const byName = new Map(all.map((managed) => [nameOf(managed), managed.record]))
  let left = all.length
  const since = Math.min(...all.map(({ record }) => record.createdAtMs)) - DEFINED_MS
  await world.audit.scan((entry) => {
    const atMs = Date.parse(entry.at)
    for (const name of entry.processes) {
      const record = byName.get(name)
      // Of an earlier process of this name.
      if (record === undefined || atMs < record.createdAtMs - DEFINED_MS) continue
      const known = actions.get(record.id)!
      if (known.length === limits.actions) continue
      known.unshift(entry)
      if (known.length === limits.actions) left--
    }
    return left > 0 && atMs >= since
  })
  return actions
}
