/** why: what happened to a process, and the last lines of its failed runs. */
import type { Definition } from '../../protocol/definition.ts'
import { saysPortTaken } from '../../protocol/port-taken.ts'
import type { Params } from '../../protocol/requests.ts'
import type { WhyView } from '../../protocol/view.ts'
import type { Supervisor } from '../create-supervisor.ts'
import { FAILURE_LINES, lastLines } from './shared/last-output.ts'
import { selectAll } from './shared/select.ts'

export function why(supervisor: Supervisor, params: Params<'why'>): Promise<WhyView[]> {
  return Promise.all(
    selectAll(supervisor, params.targets).map(async (managed) => {
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
      return { view: supervisor.views.of(managed), timeline, failures }
    }),
  )
}

/** No port is declared for an instance that chooses its own, which all of its set do alike. */
const portTaken = ({ instance, ports }: Definition): string =>
  instance !== null && ports.length === 0
    ? '; a port it wants is taken, and instances can only share one that is declared as a socket (--socket)'
    : '; a port it wants is taken'
