/** What happened while no daemon watched: one process gone has failed; with none left, the machine or container restarted. */
import type { State } from './state.ts'
import type { TableIndex } from './tree.ts'
import { isDead } from './tree.ts'

export const REBOOTED = 'the machine was rebooted'
export const ENDED_TOGETHER = 'everything ended together with the daemon, as when a container is restarted'

/** `adopted`: its leader, or that of a later run, is alive. */
export interface FoundAgain {
  state: State
  adopted: boolean
}

/** Saved in this boot: whether something was running and no run is alive. */
export function endedTogether(all: readonly FoundAgain[], index: TableIndex): boolean {
  const ran = all.filter(
    ({ state }) => 'live' in state && state.live !== null && !('phase' in state && state.phase === 'post-stop'),
  )
  if (ran.length === 0 || all.some(({ adopted }) => adopted)) return false
  return !ran.some(({ state }) => 'run' in state && (index.byRunId.get(state.run.id) ?? []).some((row) => !isDead(row)))
}
