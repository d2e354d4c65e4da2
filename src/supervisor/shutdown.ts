/** Ending every process in reverse order of start, for `daemon stop --kill-children` and the machine's shutdown. */
import { isEnded, isLive } from '../protocol/names.ts'
import type { Orchestrator } from './orchestrator.ts'

/** Beyond each process's own stop timeout. */
const MARGIN_MS = 5000

/**
 * The wish to be up is kept: this is the end of the supervisor, not of the services. Those that are wanted up start
 * again with the next daemon after a reboot.
 */
export async function stopAll(orchestrator: Orchestrator): Promise<void> {
  const { registry, settler } = orchestrator
  const active = [...registry.all()]
    .filter(({ record }) => !isEnded(record.tracked.state.status))
    .sort((a, b) => (b.record.startedAtMs ?? 0) - (a.record.startedAtMs ?? 0))
  await Promise.all(
    active.map((managed) => {
      const limitMs = managed.record.definition.stopTimeoutMs + MARGIN_MS
      const { wanted } = managed.record.tracked
      orchestrator.submit(managed, { kind: 'stopRequested', timeoutMs: null })
      return settler
        .until(managed, (each) => !isLive(each.record.tracked.state.status), limitMs)
        .then(() => orchestrator.keepWanted(managed, wanted))
    }),
  )
}
