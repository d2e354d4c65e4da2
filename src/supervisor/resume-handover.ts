/** What the next daemon does about runs that an earlier one had begun, or was ending, beside those in the state. */
import type { Handover, HandoverEffect, HandoverEvent } from '../core/handover.ts'
import type { LiveRun, RunRef } from '../core/state.ts'
import type { Definition } from '../protocol/definition.ts'

interface Resuming {
  /** Leaders in the process table, by run id. */
  found(runId: string): LiveRun | null
  take(event: HandoverEvent): void
  perform(effect: HandoverEffect): void
  watch(run: RunRef, live: LiveRun): void
  check(run: RunRef, live: LiveRun): void
}

export function resumeHandover(
  { successor, predecessors }: Handover,
  { preStart }: Pick<Definition, 'preStart'>,
  nowMono: number,
  { found, take, perform, watch, check }: Resuming,
): void {
  if (successor !== null) {
    const { run } = successor
    const live = successor.live ?? found(run.id)
    const why = 'the daemon ended before it was started'
    if (live === null) take({ kind: 'refused', run: run.id, why })
    else {
      take({ kind: 'spawned', run: run.id, live: { ...live, adopted: true } })
      watch(run, live)
      if (successor.phase !== 'checking') perform({ do: 'end', run: run.id, force: false })
      // What was found may be its pre-start.
      else if (successor.live === null && preStart !== null) take({ kind: 'refused', run: run.id, why })
      else check(run, live)
    }
  }
  for (const { run, live, phase, sinceMono, rules } of predecessors) {
    watch(run, live)
    if (phase === 'draining') {
      perform({ do: 'drain', run: run.id })
      const leftMs = Math.max(0, sinceMono + rules.drainTimeoutMs - nowMono)
      perform({ do: 'wake', run: run.id, phase, afterMs: leftMs })
    } else if (phase === 'pre-stop') take({ kind: 'commandEnded', run: run.id, name: phase })
    else {
      perform({ do: 'end', run: run.id, force: phase !== 'term' })
      perform({ do: 'wake', run: run.id, phase, afterMs: rules.stopTimeoutMs })
    }
  }
}
