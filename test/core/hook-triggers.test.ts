import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isOver, isRetried, OncePerRun, overrunAfterMs, triggerOfEnd } from '../../src/core/hook-triggers.ts'
import { PtrackError } from '../../src/protocol/errors.ts'
import { parseAction, parseTrigger, parseTriggers, TRIGGER_WORDS } from '../../src/protocol/hooks.ts'
import { STATUSES } from '../../src/protocol/names.ts'

const refusal = (act: () => unknown): string => {
  try {
    act()
  } catch (error) {
    if (error instanceof PtrackError) return `${error.code} ${error.message}`
    throw error
  }
  return 'accepted'
}

describe('triggers', () => {
  test.each<[string, object]>([
    ...TRIGGER_WORDS.map((word): [string, object] => [word, { text: word, word }]),
    ['cpu>90%', { text: 'cpu>90%', over: 'cpu', percent: 90 }],
    ['cpu > 150.5', { text: 'cpu>150.5', over: 'cpu', percent: 150.5 }],
    ['memory>1G', { text: 'memory>1G', over: 'memory', bytes: 1024 ** 3 }],
    ['memory> 512 MiB', { text: 'memory>512MiB', over: 'memory', bytes: 512 * 1024 ** 2 }],
  ])('%s is read', (text, expected) => {
    expect(parseTrigger(text)).toEqual(expected)
  })

  test.each([
    ['', "USAGE cannot read the trigger '': there is none of this name"],
    ['Failed', "USAGE cannot read the trigger 'Failed': there is none of this name"],
    ['stopped', "USAGE cannot read the trigger 'stopped': there is none of this name"],
    ['cpu<5%', "USAGE cannot read the trigger 'cpu<5%': there is none of this name"],
    ['cpu>much', "USAGE cannot read the trigger 'cpu>much': there is none of this name"],
    ['memory>lots', "USAGE cannot read the trigger 'memory>lots': 'lots' is no size"],
  ])('%j is refused', (text, expected) => {
    expect(refusal(() => parseTrigger(text))).toBe(expected)
  })

  test('entries may be lists themselves', () => {
    expect(parseTriggers(['failed,done', 'cpu>5%']).map(({ text }) => text)).toEqual(['failed', 'done', 'cpu>5%'])
    expect(refusal(() => parseTriggers(['failed,']))).toMatch(/^USAGE cannot read the trigger ''/)
  })
})

describe('actions', () => {
  test.each([
    ['exec:notify-send "it failed: now"', { kind: 'exec', command: 'notify-send "it failed: now"' }],
    ['webhook:https://example.org/x?a=b:c', { kind: 'webhook', url: 'https://example.org/x?a=b:c' }],
    ['mail:sam+ops@example.org', { kind: 'mail', address: 'sam+ops@example.org' }],
  ])('%s is read', (text, expected) => {
    expect(parseAction(text)).toEqual(expected)
  })

  test.each([
    'exec:',
    'exec',
    'notify-send x',
    'webhook:ftp://example.org/',
    'webhook:http://',
    'webhook:example.org',
    'mail:sam',
    'mail:sam@x,root@x',
    'mail:-oQ/tmp@x',
    'mail:a@b\nBcc: c@d',
  ])('%j is refused', (text) => {
    expect(refusal(() => parseAction(text))).toMatch(/^USAGE cannot read the action '/)
  })
})

describe('when they fire', () => {
  test('an end once, under its own name; a service that was stopped is no news', () => {
    const fired = STATUSES.flatMap((before) => STATUSES.map((after) => triggerOfEnd(before, after))).filter(
      (word) => word !== null,
    )
    expect(new Set(fired)).toEqual(new Set(['done', 'failed', 'cancelled', 'timeout', 'interrupted']))
    expect(triggerOfEnd('running', 'failed')).toBe('failed')
    expect(triggerOfEnd('failed', 'failed')).toBeNull()
    expect(triggerOfEnd('running', 'stopped')).toBeNull()
  })

  test.each([
    ['failed', 'retrying', true],
    ['failed', 'starting', true],
    ['timeout', 'retrying', true],
    ['interrupted', 'pending', true],
    ['failed', 'failed', false],
    ['done', 'starting', false],
    ['stopped', 'starting', false],
  ] as const)('a run that ended %s before %s is a retry: %s', (outcome, after, expected) => {
    expect(isRetried(outcome, after)).toBe(expected)
  })

  test('a run overruns after p95 of at least five earlier ones that ended done', () => {
    const run = (tookMs: number, outcome = 'done') => ({ outcome, startedAtMs: 1000, endedAtMs: 1000 + tookMs })
    expect(overrunAfterMs([1, 2, 3, 4].map((ms) => run(ms)))).toBeNull()
    expect(overrunAfterMs([...[1, 2, 3, 4].map((ms) => run(ms)), run(9, 'failed')])).toBeNull()
    expect(overrunAfterMs([5, 1, 4, 2, 3].map((ms) => run(ms)))).toBe(5)
    expect(overrunAfterMs(Array.from({ length: 20 }, (_, n) => run((n + 1) * 10)))).toBe(190)
  })

  test('a threshold is crossed above it, not at it, and what was not looked at says nothing', () => {
    const cpu = { over: 'cpu', percent: 90 } as const
    expect([null, 89.9, 90, 90.1].map((cpuPercent) => isOver(cpu, { cpuPercent, memoryBytes: 0 }))).toEqual([
      null,
      false,
      false,
      true,
    ])
    expect(isOver({ over: 'memory', bytes: 10 }, { cpuPercent: null, memoryBytes: 11 })).toBe(true)
  })

  test('any sequence: a trigger of a run is told at most once between two times that it is armed', () => {
    const action = fc.oneof(
      fc.record({ what: fc.constant('fire' as const), run: fc.nat(3), key: fc.constantFrom('a', 'b') }),
      fc.record({ what: fc.constant('again' as const), run: fc.nat(3), key: fc.constantFrom('a', 'b') }),
    )
    fc.assert(
      fc.property(fc.array(action), (actions) => {
        const once = new OncePerRun()
        const told = new Set<string>()
        let run = 0
        for (const each of actions) {
          run = Math.max(run, each.run)
          if (each.what === 'again') {
            once.again(each.key)
            told.delete(`${run} ${each.key}`)
            // What is armed again belongs to the run of the last trigger.
            for (const key of [...told]) if (key.endsWith(` ${each.key}`)) told.delete(key)
          } else {
            const key = `${run} ${each.key}`
            expect(once.first(run, each.key)).toBe(!told.has(key))
            told.add(key)
          }
        }
      }),
    )
  })

  test('the end of an earlier run, told late, is told and does not arm the present one again', () => {
    const once = new OncePerRun()
    expect([once.first(2, 'x'), once.first(1, 'retrying'), once.first(2, 'x')]).toEqual([true, true, false])
  })
})
