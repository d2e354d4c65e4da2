/** A run beside the one in the state: who starts it, and what is noted when it has ended. */
import type { EndRules } from '../core/handover.ts'
import type { ExitFact, Identity, LiveRun, RunRef } from '../core/state.ts'
import type { RunEvidence } from '../core/tree.ts'
import type { PastRun, World } from '../core/world.ts'
import { limits } from '../protocol/limits.ts'
import { recordedExit } from './exit-record.ts'
import type { CommandWanted } from './lifecycle-commands.ts'
import { besideOf, type Managed } from './registry.ts'

/** Beside the state machine, and only for runs that are not the one in the state. */
export interface BesideStarter {
  /** Spawns it, or answers why not. Its exit is reported by `exited`. */
  startBeside(managed: Managed, run: RunRef): { ok: true; live: LiveRun } | { ok: false; why: string }
  watch(managed: Managed, run: RunRef, leader: Identity): void
  /** Executes a lifecycle command, if the definition has it: why it failed, or null. */
  execute(managed: Managed, wanted: CommandWanted): Promise<string | null>
  /** Kills what is under way of those of this run. */
  killCommands(runId: string): void
}

export interface BesideEnd {
  outcome: 'failed' | 'stopped'
  reason: string
  /** null = as its recorder wrote it down. */
  exit: ExitFact | null
}

const pastOf = (
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

/** As any run that has ended, it is among the runs of its process. */
export function noteEnd(
  world: Pick<World, 'clock' | 'home' | 'spawner'>,
  managed: Managed,
  run: RunRef,
  live: LiveRun,
  end: BesideEnd,
): PastRun {
  const past = pastOf(world, managed, run, live, end)
  managed.record.runs = [...managed.record.runs, past].slice(-limits.runs)
  return past
}

/** The run in the state as a predecessor, to be ended by the rules with which it began; null where nothing runs. */
export function leavingOf({ record }: Managed): { run: RunRef; live: LiveRun; rules: EndRules } | null {
  const { state } = record.tracked
  if (!('live' in state) || state.live === null) return null
  const { stopSignal: signal, stopTimeoutMs, drainTimeoutMs, ...rest } = record.ranWith ?? record.definition
  const { preStop, postStop, lifecycleTimeoutMs } = rest
  const commands = { preStop, postStop, lifecycleTimeoutMs }
  return { run: state.run, live: state.live, rules: { signal, stopTimeoutMs, drainTimeoutMs, commands } }
}

/** `known`: descendants that were seen while it was the run of the state. */
export function evidenceBeside(managed: Managed, runId: string, known: readonly Identity[] = []): RunEvidence | null {
  const evidence = besideOf(managed).find((each) => each.runId === runId)
  return evidence === undefined ? null : { ...evidence, known }
}
