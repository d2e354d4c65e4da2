/** runs: the last runs of many processes at once, as short as can be. */
import { iso } from '../../core/iso.ts'
import { limits } from '../../protocol/limits.ts'
import type { RunBar, RunsReply } from '../../protocol/overview.ts'
import { namesOf } from '../../protocol/project.ts'
import type { Params } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'
import { type Managed, nameOf } from '../registry.ts'
import { chosen } from './shared/chosen.ts'
import { liveSince, presentRunOf } from './shared/live-runs.ts'

export async function runs(supervisor: Supervisor, params: Params<'runs'>): Promise<RunsReply> {
  const all = chosen(supervisor, params)
  const page = all.slice(0, limits.runBarProcesses)
  const ended = await supervisor.runBars.of(page)
  const nowMs = supervisor.world.clock.wall()
  return {
    processes: page.map((managed) => {
      const { id } = managed.record
      const bars: RunBar[] = ended.get(id)!.map(({ run, startedAtMs, durationMs, outcome }) => ({
        run,
        startedAt: iso(startedAtMs),
        durationMs,
        outcome,
      }))
      return { id, ...namesOf(nameOf(managed)), runs: [...bars, ...live(managed, nowMs)].slice(-params.max) }
    }),
    more: page.length < all.length,
  }
}

function live(managed: Managed, nowMs: number): RunBar[] {
  const run = presentRunOf(managed)
  const beganMs = liveSince(managed)
  if (run === null || beganMs === null) return []
  return [{ run: run.number, startedAt: iso(beganMs), durationMs: Math.max(0, nowMs - beganMs), outcome: null }]
}
