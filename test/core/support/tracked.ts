import type { Context, Event } from '../../../src/core/events.ts'
import { step } from '../../../src/core/machine.ts'
import { type Lifecycle, type LiveRun, newLifecycle, type Policy } from '../../../src/core/state.ts'

export const servicePolicy: Policy = {
  kind: 'service',
  restart: 'always',
  maxRestarts: null,
  restartWindowMs: 600_000,
  restartDelayMs: null,
  okExit: [0],
  noRestartExit: [],
  leftovers: 'seen',
  stopTimeoutMs: 10_000,
  timeoutMs: null,
  retries: 0,
  retryInitialMs: 1000,
  retryMaxMs: 300_000,
  retryFactor: 2,
  retryJitter: true,
  retryOn: ['failure'],
  retryInterrupted: false,
  readyTimeoutMs: 30_000,
  readiness: false,
  scheduled: false,
  commands: [],
}
export const jobPolicy: Policy = { ...servicePolicy, kind: 'job', restart: 'never', leftovers: 'keep' }
export const externalPolicy: Policy = { ...jobPolicy, kind: 'external' }

export const context = (policy: Policy, monoMs = 0, extra: Partial<Context> = {}): Context => ({
  policy,
  monoMs,
  wallMs: 1_000_000 + monoMs,
  jitter: 0.5,
  newRunId: () => `run-${monoMs}`,
  wait: null,
  takeTurn: () => 1,
  saved: false,
  given: 0,
  cooperative: false,
  failing: null,
  ...extra,
})

export const liveAt = (pid: number, startedMono: number): LiveRun => ({
  leader: { pid, startTicks: pid * 10, bootId: 'boot' },
  program: null,
  startedAtMs: 1_000_000 + startedMono,
  startedMono,
  adopted: false,
  pausedMs: 0,
})

/** A process that was admitted and spawned at monotonic time `at`. */
export function running(policy: Policy, at = 0, tracked: Lifecycle = newLifecycle(0)): Lifecycle {
  const admitted = step(tracked, { kind: tracked.runNumber === 0 ? 'admitted' : 'startRequested' }, context(policy, at)).next
  const spawned = step(
    admitted,
    { kind: 'spawned', run: admitted.runNumber, live: liveAt(100 + admitted.runNumber, at) },
    context(policy, at),
  ).next
  return policy.readiness ? step(spawned, { kind: 'ready', run: spawned.runNumber }, context(policy, at)).next : spawned
}

export const exitEvent = (
  run: number,
  exit: { code: number } | { signal: string } | 'unknown',
  extra: Partial<Extract<Event, { kind: 'exited' }>> = {},
): Event => ({
  kind: 'exited',
  run,
  exit:
    exit === 'unknown'
      ? { kind: 'unknown' }
      : 'code' in exit
        ? { kind: 'code', code: exit.code }
        : { kind: 'signal', signal: exit.signal, inferred: false },
  leftovers: false,
  background: false,
  outage: false,
  ...extra,
})
