/** A run beside the one in the state: who starts it, and what is noted when it has ended. */
import type { ExitFact, Identity, LiveRun, RunRef } from '../core/state.ts'
import type { PastRun, World } from '../core/world.ts'
import { recordedExit } from './exit-record.ts'
import type { Managed } from './registry.ts'

/** Beside the state machine, and only for runs that are not the one in the state. */
export interface BesideStarter {
  /** Spawns it, or answers why not. Its exit is reported by `exited`. */
  startBeside(managed: Managed, run: RunRef): { ok: true; live: LiveRun } | { ok: false; why: string }
  watch(managed: Managed, run: RunRef, leader: Identity): void
}

export interface BesideEnd {
  outcome: 'failed' | 'stopped'
  reason: string
  /** null = as its recorder wrote it down. */
  exit: ExitFact | null
}

export const pastOf = (
  world: Pick<World, 'clock' | 'home' | 'spawner'>,
  { record }: Managed,
  run: RunRef,
  live: LiveRun,
  { outcome, reason, exit }: BesideEnd,
): PastRun => ({
  ref: run,
  startedAtMs: live.startedAtMs,
  endedAtMs: world.clock.wall(),
  outcome,
  reason,
  exit: exit ?? recordedExit(world, record, run.number),
  adopted: live.adopted,
  leader: live.leader,
  program: live.program,
  outage: false,
  inHistory: false,
})
