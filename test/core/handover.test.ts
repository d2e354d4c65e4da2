/** Runs beside the one that serves, as a table: every event in every phase, and never a run that is lost or ended twice. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Handover, type HandoverEvent, handOver, isQuiet, noHandover } from '../../src/core/handover.ts'
import type { RunRef } from '../../src/core/state.ts'
import { liveAt } from './support/tracked.ts'

const ref = (number: number): RunRef => ({ number, id: `r${number}` })
const rules = { signal: 'SIGTERM', stopTimeoutMs: 10_000, drainTimeoutMs: 30_000 }
const from = { run: ref(1), live: liveAt(1, 0), rules }
const exit = { kind: 'code' as const, code: 3 }

const after = (...events: HandoverEvent[]): Handover =>
  events.reduce((handover, event) => handOver(handover, event, 0).next, noHandover)
const begun = after({ kind: 'begun', run: ref(2) })
const checking = after({ kind: 'begun', run: ref(2) }, { kind: 'spawned', run: 'r2', live: liveAt(2, 0) })
const draining = handOver(checking, { kind: 'promoted', run: 'r2', from }, 5).next
const terminating = handOver(draining, { kind: 'drained', run: 'r1' }, 6).next
const commands = { preStop: 'leave', postStop: 'clean', lifecycleTimeoutMs: 1000 }
const asking = handOver(checking, { kind: 'promoted', run: 'r2', from: { ...from, rules: { ...rules, commands } } }, 5).next
const leaving = handOver(asking, { kind: 'drained', run: 'r1' }, 6).next
const left = handOver(leaving, { kind: 'commandEnded', run: 'r1', name: 'pre-stop' }, 7).next
const cleaning = handOver(left, { kind: 'gone', run: 'r1' }, 8).next
const killing = handOver(terminating, { kind: 'elapsed', run: 'r1', phase: 'term' }, 7).next

/** In words: phases of the successor and of the predecessors, and what is done. */
function words(before: Handover, event: HandoverEvent): string {
  const { next, effects } = handOver(before, event, 9)
  const phases = [next.successor?.phase ?? '-', ...next.predecessors.map(({ phase }) => phase)].join(' ')
  return [phases, ...effects.map((effect) => ('force' in effect && effect.force ? 'kill' : effect.do))].join(' ')
}

describe('a successor', () => {
  test.each<[string, Handover, HandoverEvent, string]>([
    ['is spawned when its intent is saved', noHandover, { kind: 'begun', run: ref(2) }, 'checking spawn'],
    ['is not ended while it is not spawned', begun, { kind: 'refused', run: 'r2', why: 'no' }, '- reportRefused'],
    ['ends when it is refused', checking, { kind: 'refused', run: 'r2', why: 'no' }, 'ending end'],
    ['that has exited takes along what it started', checking, { kind: 'exited', run: 'r2', exit }, 'ending end'],
    ['takes over, and the one before drains', checking, { kind: 'promoted', run: 'r2', from }, '- draining open drain wake'],
    ['takes over from nobody', checking, { kind: 'promoted', run: 'r2', from: null }, '- open'],
    ['does not take over before it is spawned', begun, { kind: 'promoted', run: 'r2', from }, 'checking'],
    ['is dropped by a stop', checking, { kind: 'hurried' }, 'ending end'],
    ['of another run concerns nobody', checking, { kind: 'exited', run: 'r7', exit }, 'checking'],
  ])('%s', (_, before, event, expected) => expect(words(before, event)).toBe(expected))

  test('says why it did not take over', () => {
    const { next } = handOver(checking, { kind: 'exited', run: 'r2', exit }, 0)
    expect(handOver(next, { kind: 'gone', run: 'r2' }, 0).effects).toMatchObject([
      { do: 'reportRefused', why: 'it ended: exit code 3' },
    ])
  })

  test('that is refused while it is being spawned ends as soon as it is there', () => {
    const refused: Handover = { ...begun, successor: { ...begun.successor!, phase: 'ending', why: 'no' } }
    expect(words(refused, { kind: 'spawned', run: 'r2', live: liveAt(2, 0) })).toBe('ending end')
  })
})

describe('a predecessor', () => {
  test.each<[string, Handover, HandoverEvent, string]>([
    ['ends when it has drained', draining, { kind: 'drained', run: 'r1' }, '- term end wake'],
    ['ends when its time to drain is over', draining, { kind: 'elapsed', run: 'r1', phase: 'draining' }, '- term end wake'],
    ['that exits by itself takes along what it started', draining, { kind: 'exited', run: 'r1', exit }, '- term end wake'],
    ['ends at once when the process is stopped', draining, { kind: 'hurried' }, '- term end wake'],
    ['is killed when it does not end', terminating, { kind: 'elapsed', run: 'r1', phase: 'term' }, '- kill kill wake'],
    ['that survives SIGKILL is said to', killing, { kind: 'elapsed', run: 'r1', phase: 'kill' }, '- unkillable'],
    ['is not ended by the timer of an earlier phase', terminating, { kind: 'elapsed', run: 'r1', phase: 'draining' }, '- term'],
    ['is not asked twice', terminating, { kind: 'drained', run: 'r1' }, '- term'],
    ['has its pre-stop when it has drained', asking, { kind: 'drained', run: 'r1' }, '- pre-stop command'],
    ['has none when it has ended by itself', asking, { kind: 'exited', run: 'r1', exit }, '- term end wake'],
    ['has the signal after it', leaving, { kind: 'commandEnded', run: 'r1', name: 'pre-stop' }, '- term end wake'],
    ['has the signal at once when the process is stopped', leaving, { kind: 'hurried' }, '- term end wake'],
    ['has none when the process is stopped while it drains', asking, { kind: 'hurried' }, '- term end wake'],
    ['has its post-stop when nothing of it is alive', left, { kind: 'gone', run: 'r1' }, '- post-stop command'],
    ['has it again under the next daemon', cleaning, { kind: 'gone', run: 'r1' }, '- post-stop command'],
    ['is over when that has ended', cleaning, { kind: 'commandEnded', run: 'r1', name: 'post-stop' }, '- reportEnded'],
    ['is over when nothing of it is alive', killing, { kind: 'gone', run: 'r1' }, '- reportEnded'],
  ])('%s', (_, before, event, expected) => expect(words(before, event)).toBe(expected))

  test('keeps the exit that was seen', () => {
    const ended = handOver(draining, { kind: 'exited', run: 'r1', exit }, 0).next
    expect(handOver(ended, { kind: 'gone', run: 'r1' }, 0).effects).toMatchObject([{ predecessor: { exit } }])
  })
})

test('a later run gets a higher number than any that was begun beside one, also than one that a crash begun meanwhile', () => {
  const crashed = { ...from, run: ref(5) }
  expect(handOver(checking, { kind: 'promoted', run: 'r2', from: crashed }, 0).next.given).toBe(5)
})

const anyEvent = fc.oneof(
  fc.integer({ min: 1, max: 4 }).chain((n) => {
    const run = `r${n}`
    return fc.constantFrom<HandoverEvent>(
      { kind: 'begun', run: ref(n) },
      { kind: 'spawned', run, live: liveAt(n, 0) },
      { kind: 'programFound', run, program: { pid: 50 + n, startTicks: 1, bootId: 'boot' } },
      {
        kind: 'promoted',
        run,
        from: { ...from, run: ref(n + 10), live: liveAt(n + 10, 0), rules: n % 2 ? rules : { ...rules, commands } },
      },
      { kind: 'refused', run, why: 'no' },
      { kind: 'drained', run: `r${n + 10}` },
      { kind: 'elapsed', run: `r${n + 10}`, phase: 'draining' },
      { kind: 'elapsed', run: `r${n + 10}`, phase: 'term' },
      { kind: 'commandEnded', run: `r${n + 10}`, name: 'pre-stop' },
      { kind: 'commandEnded', run: `r${n + 10}`, name: 'post-stop' },
      { kind: 'exited', run, exit },
      { kind: 'gone', run },
      { kind: 'gone', run: `r${n + 10}` },
    )
  }),
  fc.constant<HandoverEvent>({ kind: 'hurried' }),
)

test('whatever happens, each run that was spawned is reported ended, promoted or still there, and once; no effect is dropped', () => {
  fc.assert(
    fc.property(fc.constantFrom(noHandover, asking), fc.array(anyEvent, { maxLength: 60 }), (first, events) => {
      let handover = first
      const there = new Set<string>()
      const ended: string[] = []
      for (const event of events) {
        // One reload at a time: the caller waits for the successor of before.
        if (event.kind === 'begun' && (handover.successor !== null || event.run.number <= handover.given)) continue
        const before = handover
        const { next, effects } = handOver(before, event, 0)
        handover = next
        for (const effect of effects) {
          if (effect.do === 'reportRefused' && effect.live !== null) ended.push(effect.run.id)
          if (effect.do === 'reportEnded') ended.push(effect.predecessor.run.id)
          if (effect.do === 'open') there.add(effect.run)
        }
        expect(next.given).toBeGreaterThanOrEqual(before.given)
        // What carries an effect out looks at the phase first: an effect for another one would be dropped.
        for (const effect of effects)
          if (effect.do === 'command' || effect.do === 'wake')
            expect(next.predecessors.find(({ run }) => run.id === effect.run)?.phase).toBe(
              effect.do === 'command' ? effect.name : effect.phase,
            )
      }
      expect(new Set(ended).size).toBe(ended.length)
      for (const id of ended) expect(there.has(id)).toBe(false)
      if (handover.successor?.live) expect(ended).not.toContain(handover.successor.run.id)
      expect(isQuiet(handover)).toBe(handover.successor === null && handover.predecessors.length === 0)
    }),
  )
})
