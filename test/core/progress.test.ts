import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { applyUpdate, newWorkProgress, percentOf, viewMetadata } from '../../src/core/progress.ts'
import { percentOfSteps, stepsOutcome, stepTree } from '../../src/core/steps.ts'
import { parseTrackLine } from '../../src/core/track-line.ts'
import type { WorkProgress } from '../../src/core/work-progress.ts'
import { limits } from '../../src/protocol/limits.ts'
import type { TrackUpdate } from '../../src/protocol/tracking.ts'

const fresh = (): WorkProgress => newWorkProgress(1, { results: 0, scanned: { out: 0, err: 0 } })
const told = (...updates: TrackUpdate[]): WorkProgress =>
  updates.reduce(
    (tracking, update, n) => applyUpdate(tracking, update, { activeMs: n * 1000, wallMs: 1e12 + n * 1000 }, {}),
    fresh(),
  )

describe('percent', () => {
  test.each<[TrackUpdate[], number | null]>([
    [[{ progress: 40 }], 40],
    [[{ current: 3, total: 12 }], 25],
    [[{ current: 30, total: 12 }], 100],
    [[{ current: 3 }], null],
    [[{ current: 3, total: 0 }], null],
    [[{ message: 'hello' }], null],
    [[{ progress: 40 }, { message: 'hello' }], 40],
    [[{ progress: 40 }, { progress: null }], null],
    [[{ progress: 40 }, { current: 1, total: 2 }], 50],
    [[{ current: 1, total: 2 }, { progress: 90 }], 90],
    [[{ current: 1, total: 4 }, { current: 2 }], 50],
    [[{ step: { id: 'a', percent: 30 } }, { progress: 5 }], 5],
  ])('%j is %s', (updates, percent) => {
    expect(percentOf(told(...updates))).toBe(percent)
  })
})

describe('steps', () => {
  test('a tree in the order it was told, with times and errors', () => {
    const tracking = told(
      { step: { id: 'fetch', name: 'Fetch' } },
      { step: { id: 'layer', parent: 'fetch', percent: 50 } },
      { step: { id: 'layer', status: 'failed', error: 'no route' } },
      { step: { id: 'build', status: 'pending' } },
      { step: { id: 'fetch', status: 'done' } },
    )
    expect(stepTree(tracking.steps, 1e12 + 60_000, null)).toMatchObject([
      {
        id: 'fetch',
        name: 'Fetch',
        status: 'done',
        percent: 100,
        elapsedMs: 4000,
        steps: [{ id: 'layer', name: 'layer', status: 'failed', percent: 50, error: 'no route', elapsedMs: 1000, steps: [] }],
      },
      { id: 'build', status: 'pending', startedAt: null, endedAt: null, elapsedMs: null },
    ])
  })

  test.each([
    ['running', ['running', 'pending', 'done']],
    ['completing', ['running', 'pending', 'done']],
    ['done', ['done', 'skipped', 'done']],
    ['failed', ['failed', 'skipped', 'done']],
    ['timeout', ['failed', 'skipped', 'done']],
    ['retrying', ['failed', 'skipped', 'done']],
    ['cancelled', ['cancelled', 'skipped', 'done']],
    ['interrupted', ['cancelled', 'skipped', 'done']],
  ] as const)('of a run that is %s nothing goes on that does not', (status, statuses) => {
    const { steps } = told({ step: { id: 'a' } }, { step: { id: 'b', status: 'pending' } }, { step: { id: 'c', status: 'done' } })
    const endMs = 1e12 + 60_000
    const tree = stepTree(steps, endMs, stepsOutcome(status))
    expect(tree.map((step) => step.status)).toEqual(statuses)
    expect(tree[0]!.endedAt).toBe(statuses[0] === 'running' ? null : new Date(endMs).toISOString())
  })

  test('without anything else told they give the percent of the whole, which only the end makes 100', () => {
    const four = ['a', 'b', 'c', 'd'].map((id): TrackUpdate => ({ step: { id, status: 'pending' } }))
    expect(percentOf(told(...four))).toBe(0)
    expect(
      percentOf(told(...four, { step: { id: 'a', status: 'done' } }, { step: { id: 'b', status: 'running', percent: 50 } })),
    ).toBe(37.5)
    const inner: TrackUpdate[] = [
      { step: { id: 'b1', parent: 'b' } },
      { step: { id: 'b1', status: 'done' } },
      { step: { id: 'b2', parent: 'b' } },
    ]
    expect(percentOf(told(...four, { step: { id: 'b', status: 'running' } }, ...inner))).toBe(12.5)
    const over = four.map(({ step }): TrackUpdate => ({ step: { id: step!.id, status: 'skipped' } }))
    expect(percentOf(told(...four, ...over))).toBe(99)
    expect(percentOfSteps([])).toBeNull()
  })

  test('a step that goes on again has no end and no error', () => {
    const tracking = told({ step: { id: 'a', status: 'failed', error: 'x' } }, { step: { id: 'a', status: 'running' } })
    expect(tracking.steps[0]).toMatchObject({ status: 'running', endedAtMs: null, error: null, startedAtMs: 1e12 })
  })

  const chain = Array.from(
    { length: limits.stepDepth },
    (_, n): TrackUpdate => ({ step: { id: `s${n}`, parent: n === 0 ? null : `s${n - 1}` } }),
  )
  const many = Array.from({ length: limits.steps }, (_, n): TrackUpdate => ({ step: { id: `s${n}` } }))
  test.each<[string, TrackUpdate[], TrackUpdate, RegExp]>([
    ['an unknown parent', [], { step: { id: 'a', parent: 'b' } }, /cannot update step 'a': its parent 'b' is unknown/],
    ['itself as parent', [], { step: { id: 'a', parent: 'a' } }, /parent 'a' is unknown/],
    ['another parent', [{ step: { id: 'a' } }, { step: { id: 'b' } }], { step: { id: 'b', parent: 'a' } }, /that is fixed/],
    ['too deep', chain, { step: { id: 'x', parent: `s${limits.stepDepth - 1}` } }, /nest at most 8 deep/],
    ['too many', many, { step: { id: 'x' } }, /at most 1000 steps/],
    ['too much metadata', [], { metadata: { a: 'x'.repeat(limits.metadataBytes) }, progress: 5 }, /cannot take the metadata/],
  ])('%s is refused, and nothing has changed', (_, before, update, message) => {
    const tracking = told(...before)
    const copy = structuredClone(tracking)
    expect(() => applyUpdate(tracking, update, { activeMs: 9, wallMs: 9 }, {})).toThrow(message)
    expect(tracking).toEqual(copy)
  })
})

describe('metadata', () => {
  test('is merged key by key over that of the definition; null removes', () => {
    const defined = { a: 1, b: 2 }
    const apply = (tracking: WorkProgress, metadata: Record<string, unknown>) =>
      applyUpdate(tracking, { metadata }, { activeMs: 0, wallMs: 0 }, defined)
    const tracking = apply(apply(apply(fresh(), { b: 3, c: { d: 1 } }), { c: { e: 2 } }), { a: null, x: null })
    expect(viewMetadata(defined, tracking.metadata)).toEqual({ b: 3, c: { e: 2 } })
    expect(viewMetadata(defined, apply(tracking, { a: 7, c: null }).metadata)).toEqual({ a: 7, b: 3 })
  })

  test('a key such as __proto__ is a key like any other', () => {
    const metadata = JSON.parse('{"__proto__": {"polluted": 1}}') as Record<string, unknown>
    const tracking = told({ metadata })
    expect(Object.keys(viewMetadata({}, tracking.metadata))).toEqual(['__proto__'])
    expect(({} as { polluted?: number }).polluted).toBeUndefined()
  })
})

describe('::ptrack lines', () => {
  test.each([
    ['::ptrack {"progress":40,"message":"hi"}', { progress: 40, message: 'hi' }],
    ['::ptrack {"result":null}', { result: null }],
    ['::ptrack {"result":{"a":[1]}}', { result: { a: [1] } }],
    ['::ptrack {"step":{"id":"a","status":"done"}}', { step: { id: 'a', status: 'done' } }],
    ['::ptrack {"progress":140}', null],
    ['::ptrack {"progres":40}', null],
    ['::ptrack {"progress":40', null],
    ['::ptrack 40', null],
    ['::ptrack', null],
    ['::ptrack {"step":{"id":""}}', null],
    [`::ptrack {"result":${'['.repeat(5000)}${']'.repeat(5000)}}`, null],
  ])('%.60s', (line, update) => {
    expect(parseTrackLine(line)).toEqual(update)
  })

  test('whatever stands there, it is an update or none', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const update = parseTrackLine(`::ptrack ${text}`)
        expect(update === null || typeof update === 'object').toBe(true)
      }),
    )
  })
})
