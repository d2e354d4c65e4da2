/** why: what happened to a process, and the last lines of its failed runs. */
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
        failed.map(async (run, n) => ({
          run: run.ref.number,
          outcome: run.outcome as WhyView['failures'][number]['outcome'],
          at: new Date(run.endedAtMs).toISOString(),
          reason: run.reason ?? 'unknown',
          lines: await lastLines(
            supervisor,
            managed,
            { run: run.ref.number, stream: 'err' },
            // Half as many for earlier ones.
            n === failed.length - 1 ? FAILURE_LINES : FAILURE_LINES / 2,
          ),
        })),
      )
      return { view: supervisor.views.of(managed), timeline, failures }
    }),
  )
}
