/** Each state has one word, mark and hue, and its place among the others. */
import { describe, expect, test } from 'vitest'
import { STATUSES } from '../../src/protocol/names.ts'
import type { ProcessView } from '../../src/protocol/view.ts'
import { needsSomebody, STATES, STATUS_WORDS, severity, stateOf, statusWord } from '../../src/words/states.ts'
import { ordinal, statusClause, statusWords } from '../../src/words/status.ts'
import { view } from '../support/views.ts'

const NOW = Date.parse('2026-03-01T12:00:00Z')
const NEXT = '2026-03-01T12:00:03.500Z'

test('every status has a state, and no two states look alike but those in transition', () => {
  for (const status of STATUSES) expect(STATES[status]).toBeDefined()
  const marks = Object.values(STATES).map(({ mark }) => mark)
  expect(marks.filter((mark, at) => marks.indexOf(mark) !== at)).toEqual([STATES.completing.mark])
  for (const { mark, ascii } of Object.values(STATES)) expect([[...mark].length, ascii.length]).toEqual([1, 1])
})

test('the worst first; five of them need somebody', () => {
  const views: Partial<ProcessView>[] = [
    { status: 'retrying', crashLoop: true },
    { status: 'running', health: 'unhealthy' },
    { status: 'failed' },
    { status: 'timeout' },
    { status: 'interrupted' },
    { status: 'retrying' },
    { status: 'starting' },
    { status: 'completing' },
    { status: 'paused' },
    { status: 'pending' },
    { status: 'running' },
    { status: 'done' },
    { status: 'stopped' },
    { status: 'cancelled' },
  ]
  expect(views.map((over) => severity(view(over)))).toEqual(views.map((_, rank) => rank))
  expect(views.filter((over) => needsSomebody(view(over)))).toEqual(views.slice(0, 5))
})

test('unhealthy is a state of what runs; a crash loop of anything', () => {
  expect(stateOf(view({ status: 'starting', health: 'unhealthy' }))).toBe('starting')
  expect(stateOf(view({ status: 'running', crashLoop: true }))).toBe('crash loop')
})

test('the words that --status takes beside the protocol stand for the status that is shown so', () => {
  for (const [word, status] of Object.entries(STATUS_WORDS))
    expect([STATES[status].word.replace(' ', '-'), 'restarting']).toContain(word)
  expect(statusWord('completing')).toBe('stopping')
  expect(statusWord('of a newer daemon')).toBe('of a newer daemon')
})

describe('after a name', () => {
  test.each<[Partial<ProcessView>, string]>([
    [{ status: 'running' }, 'is running'],
    [{ status: 'running', health: 'unhealthy', reason: 'GET /health answered 503' }, 'is unhealthy: GET /health answered 503'],
    [{ status: 'failed', exitCode: 3 }, 'has failed: exit code 3'],
    [{ status: 'timeout', reason: 'it ran for 10m' }, 'has timed out: it ran for 10m'],
    [{ status: 'interrupted', reason: 'the machine was shut down' }, 'was interrupted: the machine was shut down'],
    [{ status: 'pending', reason: 'waiting for db to be healthy' }, 'is waiting for db to be healthy'],
    [
      { status: 'retrying', exitCode: 1, retry: { attempt: 3, of: 15, nextAt: NEXT } },
      'is restarting in 4s: exit code 1, 3rd failure of 15',
    ],
    [
      { status: 'retrying', crashLoop: true, exitCode: 1, retry: { attempt: 12, of: null, nextAt: NEXT } },
      'is in a crash loop, next in 4s: exit code 1',
    ],
    [
      { kind: 'job', status: 'retrying', exitCode: 9, retry: { attempt: 2, of: 3, nextAt: NEXT } },
      'is retrying in 4s: exit code 9, attempt 2 of 3',
    ],
  ])('%j: %s', (over, words) => expect(statusClause(view(over), NOW)).toBe(words))
})

test('an unhealthy process has its own word where no column shows the health', () => {
  const ill = view({ status: 'running', health: 'unhealthy', reason: 'its port 80 is closed' })
  expect(statusWords(ill, NOW, true)).toBe('unhealthy: its port 80 is closed')
  expect(statusWords(ill, NOW)).toBe('running: its port 80 is closed')
  expect(statusWords(view({ status: 'starting', health: 'unhealthy' }), NOW, true)).toBe('starting, unhealthy')
})

test.each([
  [1, '1st'],
  [2, '2nd'],
  [3, '3rd'],
  [4, '4th'],
  [11, '11th'],
  [13, '13th'],
  [21, '21st'],
  [112, '112th'],
])('%i: %s', (n, words) => expect(ordinal(n)).toBe(words))
