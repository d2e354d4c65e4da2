/**
 * Restart and retry policy: numbers in, a verdict out. First failure after 10 s of running restarts at once, then 100 ms x2 up to
 * 60 s, +-20 % jitter, reset after 60 s of health; ten failures in a sliding 10 min mark a crash loop. `--restart-delay` replaces
 * only the delays.
 */
import { accepted, describeExit, refusesRestart } from './exit-meaning.ts'
import type { ExitFact, Lifecycle, Next, Policy, ProcessError } from './state.ts'

export const restartRules = {
  stableMs: 10_000,
  baseMs: 100,
  factor: 2,
  capMs: 60_000,
  jitter: 0.2,
  steadyMs: 60_000,
  crashLoopFailures: 10,
  crashLoopWindowMs: 600_000,
} as const

/** A run that ended; `reason` in words, `accepted` by its exit code. */
export interface Ending {
  accepted: boolean
  refusesRestart: boolean
  timeout: boolean
  unknown: boolean
  reason: string
  error: ProcessError | null
  uptimeMs: number
}

export type Counters = Pick<Lifecycle, 'failures' | 'backoffStep' | 'crashLoop' | 'restarts' | 'attempts'>
export interface Verdict {
  next: Next
  counters: Counters
}

export function endingOfExit(exit: ExitFact, policy: Policy, uptimeMs: number): Ending {
  const ok = accepted(exit, policy)
  const reason = describeExit(exit)
  return {
    accepted: ok,
    refusesRestart: refusesRestart(exit, policy),
    timeout: false,
    unknown: exit.kind === 'unknown',
    reason,
    error: ok ? null : { code: codeOf(exit), message: reason },
    uptimeMs,
  }
}

const codeOf = (exit: ExitFact): string =>
  exit.kind === 'unknown' ? 'EXIT_UNKNOWN' : exit.kind === 'signal' && exit.outOfMemory ? 'MEMORY_LIMIT' : 'EXITED'

/** The attempt that begins with these counters. Not every repeated run used up a retry, and a reset clears the counters. */
export const attemptOf = (kind: Policy['kind'], { attempts, restarts }: Pick<Counters, 'attempts' | 'restarts'>): number =>
  kind === 'job' ? Math.max(attempts, restarts) + 1 : 1

export function failuresWithin(earlier: readonly number[], nowMs: number, windowMs: number): number[] {
  return [...earlier.filter((atMs) => atMs > nowMs - windowMs), nowMs]
}

const withJitter = (ms: number, chance: number): number =>
  Math.round(ms * (1 - restartRules.jitter + 2 * restartRules.jitter * chance))

export function restartDelay(step: number, uptimeMs: number, crashLoop: boolean, chance: number): number {
  if (crashLoop) return withJitter(restartRules.capMs, chance)
  if (step === 0 && uptimeMs >= restartRules.stableMs) return 0
  return withJitter(Math.min(restartRules.capMs, restartRules.baseMs * restartRules.factor ** Math.max(0, step - 1)), chance)
}

type RetryNumbers = Pick<Policy, 'retryInitialMs' | 'retryMaxMs' | 'retryFactor' | 'retryJitter'>

/** Ms before attempt n (from 1) of a job is repeated. */
export function retryDelay(attempt: number, policy: RetryNumbers, chance: number): number {
  const ms = Math.min(policy.retryMaxMs, policy.retryInitialMs * policy.retryFactor ** Math.max(0, attempt - 1))
  return policy.retryJitter ? withJitter(ms, chance) : Math.round(ms)
}

export function afterEnding(lifecycle: Lifecycle, policy: Policy, ending: Ending, nowMs: number, chance: number): Verdict {
  return policy.kind === 'job'
    ? afterJob(lifecycle, policy, ending, chance)
    : afterService(lifecycle, policy, ending, nowMs, chance)
}

function afterJob(lifecycle: Lifecycle, policy: Policy, ending: Ending, chance: number): Verdict {
  const counters: Counters = { ...countersOf(lifecycle), attempts: lifecycle.attempts + 1 }
  if (ending.accepted) return { next: { go: 'end', status: 'done', reason: null, error: null }, counters }
  // A lost outcome is not a failed attempt: it uses up no retry, and needs none.
  if (ending.unknown && policy.retryInterrupted)
    return {
      next: { go: 'retry', delayMs: retryDelay(counters.attempts, policy, chance), reason: ending.reason },
      counters: { ...counters, attempts: lifecycle.attempts },
    }
  const wanted = !ending.unknown && policy.retryOn.includes(ending.timeout ? 'timeout' : 'failure')
  if (wanted && !ending.refusesRestart && counters.attempts <= policy.retries)
    return { next: { go: 'retry', delayMs: retryDelay(counters.attempts, policy, chance), reason: ending.reason }, counters }
  const status = ending.unknown ? 'interrupted' : ending.timeout ? 'timeout' : 'failed'
  return { next: { go: 'end', status, reason: ending.reason, error: ending.error }, counters }
}

function afterService(lifecycle: Lifecycle, policy: Policy, ending: Ending, nowMs: number, chance: number): Verdict {
  const counters = countersOf(lifecycle)
  const end = (status: 'done' | 'failed' | 'timeout', reason: string | null): Verdict => ({
    next: { go: 'end', status, reason, error: status === 'done' ? null : ending.error },
    counters,
  })
  if (ending.timeout) return end('timeout', ending.reason)
  if (ending.refusesRestart) return end(ending.accepted ? 'done' : 'failed', `${ending.reason}, which asks not to be restarted`)
  if (ending.accepted && policy.restart !== 'always') return end('done', null)
  if (!ending.accepted && policy.restart === 'never') return end('failed', ending.reason)

  const windowMs = Math.max(policy.restartWindowMs, restartRules.crashLoopWindowMs)
  // A clean exit under `always` gets the same backoff, so that it cannot spin, but is no failure.
  counters.failures = ending.accepted ? lifecycle.failures : failuresWithin(lifecycle.failures, nowMs, windowMs)
  const recent = countSince(counters.failures, nowMs - policy.restartWindowMs)
  if (policy.maxRestarts !== null && recent > policy.maxRestarts)
    return end('failed', `${ending.reason}; ${recent} failures are more than --max-restarts ${policy.maxRestarts}`)
  // Once marked it stays so until the run holds or a person intervenes: at the longest delay fewer than ten fit into the window.
  counters.crashLoop =
    lifecycle.crashLoop || countSince(counters.failures, nowMs - restartRules.crashLoopWindowMs) >= restartRules.crashLoopFailures
  // A configured delay is kept to the millisecond, in a crash loop too: something else may rely on it.
  const delayMs = policy.restartDelayMs ?? restartDelay(lifecycle.backoffStep, ending.uptimeMs, counters.crashLoop, chance)
  // A quick first failure has used the base delay; the next one doubles it.
  counters.backoffStep = lifecycle.backoffStep === 0 && delayMs > 0 ? 2 : lifecycle.backoffStep + 1
  return {
    next: delayMs === 0 ? { go: 'run', reason: ending.reason, asked: false } : { go: 'retry', delayMs, reason: ending.reason },
    counters,
  }
}

const countSince = (times: readonly number[], sinceMs: number): number => times.filter((atMs) => atMs > sinceMs).length

const countersOf = ({ failures, backoffStep, crashLoop, restarts, attempts }: Lifecycle): Counters => ({
  failures,
  backoffStep,
  crashLoop,
  restarts,
  attempts,
})
