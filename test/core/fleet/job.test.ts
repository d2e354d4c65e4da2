/** The life of a job of the fleet, cell by cell: what each event makes of each state, and what is refused. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { claimOf, type FleetJob, type JobEvent, type JobState, processOf, step } from '../../../src/core/fleet/job.ts'
import type { FleetJobOutcome } from '../../../src/protocol/fleet-jobs.ts'
import { runs } from '../../support/effort.ts'

const done: FleetJobOutcome = { status: 'done', exitCode: 0, signal: null, reason: null }
const by = { user: 'me', role: 'operator', node: 'n1' } as const
const job = (state: JobState, more: Partial<FleetJob> = {}): FleetJob => ({
  v: 1,
  id: '0badcafe',
  name: 'build',
  owner: 'me',
  type: 'job',
  priority: 0,
  turn: 1,
  where: null,
  onLost: 'keep',
  after: [],
  attempt: 1,
  role: 'operator',
  from: 'n1',
  submittedAtMs: 0,
  sinceMs: 0,
  definition: { command: ['make'] },
  env: { A: 'b' },
  cancel: null,
  state,
  ...more,
})
const states: Record<JobState['is'], JobState> = {
  pending: { is: 'pending', why: null },
  given: { is: 'given', node: 'n2', session: 's', epoch: 1 },
  running: { is: 'running', node: 'n2', fence: 7 },
  unknown: { is: 'unknown', node: 'n2', fence: 7, why: 'silent' },
  ended: { is: 'ended', node: 'n2', fence: 7, late: false, outcome: done },
}
/** Each as it belongs to the present run: revision 7 gave it to n2. */
const events: Record<JobEvent['is'], JobEvent> = {
  give: { is: 'give', node: 'n3', session: 't', epoch: 2 },
  claim: { is: 'claim', node: 'n2', session: 's', given: 7 },
  refuse: { is: 'refuse', node: 'n2', given: 7, why: 'full' },
  lost: { is: 'lost', why: 'silent' },
  gone: { is: 'gone', why: 'it has left' },
  found: { is: 'found', node: 'n2', fence: 7 },
  neverBegan: { is: 'neverBegan', node: 'n2', fence: 7 },
  end: { is: 'end', node: 'n2', fence: 7, outcome: done },
  cancel: { is: 'cancel', by },
  skip: { is: 'skip', why: 'the other failed' },
}
const at = { revision: 7, nowMs: 1000 }

/** The next state; `=`: as it is; a word: refused; `+stop`: an effect. */
const TABLE: Record<JobState['is'], Record<JobEvent['is'], string>> = {
  pending: {
    give: 'given +assign',
    claim: '!taken',
    refuse: '!taken',
    lost: '=',
    gone: '=',
    found: '!fenced',
    neverBegan: '!fenced',
    end: '!fenced',
    cancel: 'ended',
    skip: 'ended',
  },
  given: {
    give: '!taken',
    claim: 'running',
    refuse: 'pending',
    lost: 'pending',
    gone: 'pending',
    found: '!fenced',
    neverBegan: '!fenced',
    end: '!fenced',
    cancel: 'ended',
    skip: '!taken',
  },
  running: {
    give: '!taken',
    claim: '=',
    refuse: '!taken',
    lost: 'unknown',
    gone: 'ended',
    found: '=',
    neverBegan: 'pending',
    end: 'ended',
    cancel: 'running +stop',
    skip: '!taken',
  },
  unknown: {
    give: '!taken',
    claim: 'running',
    refuse: '!taken',
    lost: '=',
    gone: 'ended',
    found: 'running',
    neverBegan: 'pending',
    end: 'ended',
    cancel: 'unknown +stop',
    skip: '!taken',
  },
  ended: {
    give: '!ended',
    claim: '!ended',
    refuse: '!ended',
    lost: '=',
    gone: '=',
    found: '!ended',
    neverBegan: '!ended',
    end: '=',
    cancel: '!ended',
    skip: '=',
  },
}

test.each(Object.keys(states) as JobState['is'][])('%s: each event', (state) => {
  const met = Object.fromEntries(
    (Object.keys(events) as JobEvent['is'][]).map((event) => {
      const next = step(job(states[state]), events[event], at)
      if ('refused' in next) return [event, `!${next.refused}`]
      const effects = next.effects.map((effect) => ` +${effect.do}`).join('')
      return [event, (next.record === null ? '=' : next.record.state.is) + effects]
    }),
  )
  expect(met).toEqual(TABLE[state])
})

const refusedOf = (state: JobState, event: JobEvent, revision = 7): string | null => {
  const next = step(job(state), event, { ...at, revision })
  return 'refused' in next ? next.refused : null
}

test('a claim is of one giving away alone: its node, its life, its revision', () => {
  const { given } = states
  const claim = events.claim as Extract<JobEvent, { is: 'claim' }>
  expect(refusedOf(given, claim)).toBeNull()
  expect(refusedOf(given, { ...claim, node: 'n3' })).toBe('taken')
  expect(refusedOf(given, { ...claim, session: 'other' })).toBe('taken')
  expect(refusedOf(given, { ...claim, given: 6 })).toBe('taken')
  expect(refusedOf(given, claim, 8)).toBe('taken')
  // The fence is what the claim was of.
  const next = step(job(given), claim, at)
  expect('record' in next && next.record?.state).toEqual({ is: 'running', node: 'n2', fence: 7 })
})

test('what is said of an earlier run, or by another node, is refused', () => {
  for (const state of [states.running, states.unknown])
    for (const event of [events.found, events.neverBegan, events.end] as Extract<JobEvent, { fence: number }>[]) {
      expect(refusedOf(state, { ...event, fence: 6 })).toBe('fenced')
      expect(refusedOf(state, { ...event, node: 'n3' })).toBe('fenced')
    }
  expect(refusedOf(states.ended, { ...(events.end as Extract<JobEvent, { is: 'end' }>), fence: 6 })).toBe('fenced')
})

test('an end after it was unknown is told late; with the end its variables go; who wants an end has it at the first chance', () => {
  const late = step(job(states.unknown), events.end, at)
  expect('record' in late && late.record).toMatchObject({ env: {}, sinceMs: 1000, state: { late: true, outcome: done } })
  const back = step(job(states.unknown, { cancel: by }), events.found, at)
  expect('record' in back && back.effects).toEqual([{ do: 'stop', node: 'n2' }])
  const free = step(job(states.unknown, { cancel: by }), events.neverBegan, at)
  expect('record' in free && free.record?.state).toMatchObject({ is: 'ended', fence: null, outcome: { status: 'cancelled' } })
  const unseen = step(job(states.running), events.gone, at)
  expect('record' in unseen && unseen.record?.state).toMatchObject({ outcome: { status: 'interrupted', reason: 'it has left' } })
})

test('names and claims', () => {
  expect(processOf(job(states.pending))).toBe('build.0badcafe')
  expect(claimOf(job(states.given))).toBeNull()
  expect(claimOf(job(states.unknown))).toEqual({ node: 'n2', fence: 7 })
  expect(claimOf(job({ is: 'ended', node: null, fence: null, late: false, outcome: done }))).toBeNull()
})

const anyEvent = fc.tuple(fc.constantFrom(...Object.values(events)), fc.constantFrom('n2', 'n3'), fc.integer({ min: 1, max: 12 }))

test('whatever comes, an ended job stays as it ended, and a fence never falls', () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 30 }), (all) => {
      let present = job(states.pending)
      let highest = 0
      let revision = 1
      for (const [event, node, number] of all) {
        const said = { ...event, node, given: number, fence: number } as unknown as JobEvent
        const next = step(present, said, { revision, nowMs: revision })
        if ('refused' in next || next.record === null) continue
        expect(present.state.is).not.toBe('ended')
        present = next.record
        revision++
        const fence = claimOf(present)?.fence ?? highest
        expect(fence).toBeGreaterThanOrEqual(highest)
        highest = fence
      }
    }),
    { numRuns: runs(2000) },
  )
})
