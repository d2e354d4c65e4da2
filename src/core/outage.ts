/**
 * What became of everything while no daemon watched. One process that is gone has failed; where nothing at all is left,
 * the machine or its container began anew, and none of them did.
 */
import type { State } from './state.ts'
import type { TableIndex } from './tree.ts'
import { isDead } from './tree.ts'

export const REBOOTED = 'the machine was rebooted'
export const ENDED_TOGETHER = 'everything ended together with the daemon, as when a container is restarted'

/** `adopted`: its leader, or that of a later run, lives. */
export interface FoundAgain {
  state: State
  adopted: boolean
}

/** On the boot that it was saved on: whether something ran, and nothing of any run is alive. */
export function endedTogether(all: readonly FoundAgain[], index: TableIndex): boolean {
  const ran = all.filter(({ state }) => 'live' in state && state.live !== null)
  if (ran.length === 0 || all.some(({ adopted }) => adopted)) return false
  return !ran.some(({ state }) => 'run' in state && (index.byRunId.get(state.run.id) ?? []).some((row) => !isDead(row)))
}
