import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { accepted, describeExit, exitCodeOf, refusesRestart, signalOf } from '../../src/core/exit-meaning.ts'
import {
  afterEnding,
  type Ending,
  endingOfExit,
  failuresWithin,
  restartDelay,
  restartRules,
  retryDelay,
} from '../../src/core/restart.ts'
import { type ExitFact, type Lifecycle, newLifecycle, type Policy } from '../../src/core/state.ts'
import { jobPolicy, servicePolicy } from './support/tracked.ts'

const code = (value: number): ExitFact => ({ kind: 'code', code: value })
const killed: ExitFact = { kind: 'signal', signal: 'SIGKILL', inferred: false }
const unknown: ExitFact = { kind: 'unknown' }
const timedOut: Ending = { ...endingOfExit(killed, servicePolicy, 0), timeout: true, reason: 'took too long' }
const ending = (exit: ExitFact, policy: Policy, uptimeMs = 0): Ending => endingOfExit(exit, policy, uptimeMs)
/** 0.5 is the middle of the jitter: the delay as it is written. */
const judge = (policy: Policy, end: Ending, tracked: Lifecycle = newLifecycle(0), nowMs = 0, chance = 0.5) =>
  afterEnding(tracked, policy, end, nowMs, chance)

describe('what an exit means', () => {
  const policy = { ...servicePolicy, okExit: [0, 3], noRestartExit: [7] }
  test.each<[ExitFact, boolean, boolean, string, number | null, string | null]>([
    [code(0), true, false, 'exit code 0', 0, null],
    [code(3), true, false, 'exit code 3', 3, null],
    [code(1), false, false, 'exit code 1', 1, null],
    [code(7), false, true, 'exit code 7', 7, null],
    [code(125), false, true, 'exit code 125', 125, null],
    [killed, false, false, 'killed by SIGKILL', null, 'SIGKILL'],
    [{ ...killed, inferred: true }, false, false, 'ended by SIGKILL (inferred from its exit code)', null, 'SIGKILL'],
    [unknown, false, false, 'exit unknown (it was started by an earlier daemon)', null, null],
  ])('%j', (exit, isAccepted, refuses, words, exitCode, signal) => {
    expect(accepted(exit, policy)).toBe(isAccepted)
    expect(refusesRestart(exit, policy)).toBe(refuses)
    expect(describeExit(exit)).toBe(words)
    expect([exitCodeOf(exit), signalOf(exit)]).toEqual([exitCode, signal])
  })

  test('an accepted ending carries no error, any other does', () => {
    expect(ending(code(3), policy).error).toBeNull()
    expect(ending(code(4), policy).error).toEqual({ code: 'EXITED', message: 'exit code 4' })
    const killed: ExitFact = { kind: 'signal', signal: 'SIGKILL', inferred: false, outOfMemory: true }
    const message = 'killed by the kernel: no memory left within its limit'
    expect(ending(killed, policy).error).toEqual({ code: 'MEMORY_LIMIT', message })
    expect(ending(unknown, policy).error?.code).toBe('EXIT_UNKNOWN')
  })
})

describe('services', () => {
  const always = servicePolicy
  const onFailure: Policy = { ...servicePolicy, restart: 'on-failure' }
  const never: Policy = { ...servicePolicy, restart: 'never' }
  test.each<[string, Policy, Ending, object]>([
    ['always, 0', always, ending(code(0), always), { go: 'retry', delayMs: 100 }],
    ['always, 0 after a while', always, ending(code(0), always, 10_000), { go: 'run' }],
    ['always, 1', always, ending(code(1), always), { go: 'retry', delayMs: 100 }],
    ['always, 1 after a while', always, ending(code(1), always, 10_000), { go: 'run', reason: 'exit code 1' }],
    ['always, 1 a little too soon', always, ending(code(1), always, 9999), { go: 'retry', delayMs: 100 }],
    ['always, unknown', always, ending(unknown, always), { go: 'retry', delayMs: 100 }],
    ['always, 125', always, ending(code(125), always), { go: 'end', status: 'failed' }],
    ['always, timeout', always, timedOut, { go: 'end', status: 'timeout', reason: 'took too long' }],
    ['on-failure, 0', onFailure, ending(code(0), onFailure), { go: 'end', status: 'done', reason: null, error: null }],
    ['on-failure, signal', onFailure, ending(killed, onFailure), { go: 'retry' }],
    ['never, 0', never, ending(code(0), never), { go: 'end', status: 'done' }],
    ['never, 1', never, ending(code(1), never), { go: 'end', status: 'failed', error: { code: 'EXITED' } }],
    ['never, unknown', never, ending(unknown, never), { go: 'end', status: 'failed', error: { code: 'EXIT_UNKNOWN' } }],
  ])('%s', (_what, policy, end, next) => {
    expect(judge(policy, end).next).toMatchObject(next)
  })

  test('an accepted code that asks not to be restarted ends as done', () => {
    const policy: Policy = { ...always, okExit: [0, 9], noRestartExit: [9] }
    expect(judge(policy, ending(code(9), policy)).next).toMatchObject({ go: 'end', status: 'done', error: null })
  })

  /** A life of failures, each after so long a run; answers what followed each. */
  function live(policy: Policy, uptimesMs: readonly number[], exit: ExitFact = code(1)) {
    let tracked = newLifecycle(0)
    let now = 0
    return uptimesMs.map((uptimeMs) => {
      now += uptimeMs
      const { next, counters } = judge(policy, ending(exit, policy, uptimeMs), tracked, now)
      tracked = { ...tracked, ...counters }
      const delayMs = next.go === 'retry' ? next.delayMs : next.go === 'run' ? 0 : null
      now += delayMs ?? 0
      return { delayMs, crashLoop: counters.crashLoop, failures: counters.failures.length }
    })
  }

  test('the first failure after ten seconds at once, then 100 ms and double', () => {
    expect(live(always, [10_000, 0, 0, 0, 0]).map((each) => each.delayMs)).toEqual([0, 100, 200, 400, 800])
    expect(live(always, [0, 0, 0, 0, 0]).map((each) => each.delayMs)).toEqual([100, 200, 400, 800, 1600])
  })

  test('twenty crashes after twenty seconds each are limited: the tenth makes it a crash loop', () => {
    const lives = live(always, Array(20).fill(20_000))
    expect(lives.map((each) => each.crashLoop)).toEqual(lives.map((_, n) => n >= 9))
    expect(lives.slice(9).map((each) => each.delayMs)).toEqual(Array(11).fill(restartRules.capMs))
  })

  test('clean exits are no crash loop, but cannot spin either', () => {
    const lives = live(always, Array(20).fill(0), code(0))
    expect(lives.some((each) => each.crashLoop)).toBe(false)
    expect(lives.at(-1)).toEqual({ delayMs: restartRules.capMs, crashLoop: false, failures: 0 })
  })

  test.each<[string, readonly number[], ExitFact]>([
    ['crashes', Array(12).fill(0), code(1)],
    ['clean exits', Array(12).fill(0), code(0)],
    ['the first failure after a good while', [10_000, 3_600_000, 60_000], code(1)],
  ])('--restart-delay is the pause before each restart: %s', (_what, uptimesMs, exit) => {
    const lives = live({ ...always, restartDelayMs: 5000 }, uptimesMs, exit)
    expect(lives.map(({ delayMs }) => delayMs)).toEqual(uptimesMs.map(() => 5000))
  })

  test('with --restart-delay failures are counted as ever: a crash loop is marked, --max-restarts and a refusal end it', () => {
    const fixed: Policy = { ...always, restartDelayMs: 5000 }
    expect(live(fixed, Array(12).fill(0)).map(({ crashLoop }) => crashLoop)).toEqual(Array.from({ length: 12 }, (_, n) => n >= 9))
    expect(live({ ...fixed, maxRestarts: 2 }, Array(3).fill(0)).map(({ delayMs }) => delayMs)).toEqual([5000, 5000, null])
    expect(judge(fixed, ending(code(125), fixed)).next.go).toBe('end')
    for (const chance of [0, 0.999])
      expect(judge(fixed, ending(code(1), fixed), newLifecycle(0), 0, chance).next).toMatchObject({ delayMs: 5000 })
  })

  test('without --restart-delay nothing has changed, and back to it the growing pauses begin where they were', () => {
    const before = { ...newLifecycle(0), backoffStep: 4 }
    expect(judge({ ...always, restartDelayMs: 5000 }, ending(code(1), always), before).counters.backoffStep).toBe(5)
    expect(judge(always, ending(code(1), always), before).next).toMatchObject({ delayMs: 800 })
  })

  test('--max-restarts counts inside its own window only, and says how many it counted', () => {
    const limited: Policy = { ...always, maxRestarts: 2, restartWindowMs: 1000 }
    const before = { ...newLifecycle(0), failures: [100, 200, 50_000] }
    expect(judge(limited, ending(code(1), limited), before, 50_100).next.go).toBe('retry')
    const third = judge(limited, ending(code(1), limited), { ...before, failures: [100, 49_900, 50_000] }, 50_100)
    expect(third.next).toMatchObject({
      go: 'end',
      status: 'failed',
      reason: 'exit code 1; 3 failures are more than --max-restarts 2',
    })
  })
})

describe('jobs', () => {
  const thrice: Policy = { ...jobPolicy, retries: 2 }
  const both: Policy = { ...thrice, retryOn: ['failure', 'timeout'] }
  const insistent: Policy = { ...jobPolicy, retryInterrupted: true }
  test.each<[string, Policy, Ending, number, object]>([
    ['done', thrice, ending(code(0), thrice), 0, { go: 'end', status: 'done', error: null }],
    ['no retries', jobPolicy, ending(code(1), jobPolicy), 0, { go: 'end', status: 'failed' }],
    ['first of three', thrice, ending(code(1), thrice), 0, { go: 'retry', delayMs: 1000 }],
    ['second of three', thrice, ending(code(1), thrice), 1, { go: 'retry', delayMs: 2000 }],
    ['third of three', thrice, ending(code(1), thrice), 2, { go: 'end', status: 'failed' }],
    ['125', thrice, ending(code(125), thrice), 0, { go: 'end', status: 'failed' }],
    ['timeout', thrice, timedOut, 0, { go: 'end', status: 'timeout' }],
    ['timeout, retried', both, timedOut, 0, { go: 'retry' }],
    ['lost', both, ending(unknown, both), 0, { go: 'end', status: 'interrupted' }],
    ['lost, retried without retries', insistent, ending(unknown, insistent), 0, { go: 'retry', delayMs: 1000 }],
  ])('%s', (_what, policy, end, attempts, next) => {
    expect(judge(policy, end, { ...newLifecycle(0), attempts }).next).toMatchObject(next)
  })

  test('an attempt whose outcome was lost is not counted', () => {
    expect(judge(insistent, ending(unknown, insistent)).counters.attempts).toBe(0)
    expect(judge(insistent, ending(code(1), insistent)).counters.attempts).toBe(1)
  })
})

describe('properties', () => {
  const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
  test('a delay is within a fifth of double the one before, and never above the cap and its jitter', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), chance, fc.integer({ min: 0, max: 1e9 }), (step, dice, uptimeMs) => {
        const nominal = Math.min(restartRules.capMs, 100 * 2 ** (step - 1))
        for (const delay of [restartDelay(step, uptimeMs, false, dice)]) {
          expect(delay).toBeGreaterThanOrEqual(Math.floor(nominal * 0.8))
          expect(delay).toBeLessThanOrEqual(Math.ceil(nominal * 1.2))
        }
      }),
    )
  })

  test('a retry waits as its policy says: exactly, or within a fifth of it', () => {
    const numbers = fc.record({
      retryInitialMs: fc.integer({ min: 1, max: 100_000 }),
      retryMaxMs: fc.integer({ min: 1, max: 1_000_000 }),
      retryFactor: fc.double({ min: 1, max: 100, noNaN: true }),
    })
    fc.assert(
      fc.property(numbers, fc.integer({ min: 1, max: 200 }), chance, (policy, attempt, dice) => {
        const nominal = Math.min(policy.retryMaxMs, policy.retryInitialMs * policy.retryFactor ** (attempt - 1))
        expect(retryDelay(attempt, { ...policy, retryJitter: false }, dice)).toBe(Math.round(nominal))
        const delay = retryDelay(attempt, { ...policy, retryJitter: true }, dice)
        expect(delay).toBeGreaterThanOrEqual(Math.floor(nominal * 0.8))
        expect(delay).toBeLessThanOrEqual(Math.ceil(nominal * 1.2))
      }),
    )
  })

  test.each([
    [1, 1000],
    [2, 2000],
    [9, 256_000],
    [10, 300_000],
    [1000, 300_000],
  ])('without a policy attempt %i is repeated after %i ms, give or take', (attempt, ms) => {
    expect(retryDelay(attempt, { retryInitialMs: 1000, retryMaxMs: 300_000, retryFactor: 2, retryJitter: true }, 0.5)).toBe(ms)
  })

  test('a crash loop waits the longest, whatever else is so', () => {
    fc.assert(
      fc.property(fc.nat(50), fc.nat(1e9), chance, (step, uptimeMs, dice) => {
        expect(restartDelay(step, uptimeMs, true, dice)).toBeGreaterThanOrEqual(restartRules.capMs * 0.8)
      }),
    )
  })

  test('only failures inside the window are remembered, in order, the new one last', () => {
    const times = fc.array(fc.nat(1_000_000), { maxLength: 30 }).map((all) => all.sort((a, b) => a - b))
    fc.assert(
      fc.property(times, fc.nat(1_000_000), fc.integer({ min: 1, max: 1_000_000 }), (earlier, after, windowMs) => {
        const now = (earlier.at(-1) ?? 0) + after
        const kept = failuresWithin(earlier, now, windowMs)
        expect(kept.at(-1)).toBe(now)
        expect(kept.slice(0, -1)).toEqual(earlier.filter((at) => now - at < windowMs))
      }),
    )
  })

  test('a job runs at most once more than it has retries, and ends', () => {
    fc.assert(
      fc.property(fc.nat(20), fc.array(fc.constantFrom(1, 2, 139), { minLength: 25, maxLength: 25 }), (retries, codes) => {
        const policy: Policy = { ...jobPolicy, retries }
        let tracked = newLifecycle(0)
        let runs = 0
        for (const each of codes) {
          runs++
          const { next, counters } = judge(policy, ending(code(each), policy), tracked)
          tracked = { ...tracked, ...counters }
          if (next.go === 'end') break
        }
        expect(runs).toBe(retries + 1)
      }),
    )
  })

  test('judging changes nothing but what it answers', () => {
    const tracked = Object.freeze({ ...newLifecycle(0), failures: Object.freeze([1, 2, 3]) as unknown as number[] })
    for (const policy of [servicePolicy, jobPolicy]) judge(policy, ending(code(1), policy), tracked, 10)
    expect(tracked.failures).toEqual([1, 2, 3])
  })
})
