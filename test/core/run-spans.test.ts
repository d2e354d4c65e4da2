import { expect, test } from 'vitest'
import { spansOf, waitingSince } from '../../src/core/run-spans.ts'
import type { TimelineEntry } from '../../src/protocol/view.ts'

/** `status run [health]`, a second apart. */
const timeline = (...entries: string[]): TimelineEntry[] =>
  entries.map((entry, second) => {
    const [status, run, health] = entry.split(' ')
    return { at: at(second), status, run: Number(run), reason: null, ...(health && { health }) } as TimelineEntry
  })
const at = (second: number): string => new Date(Date.parse('2026-11-22T12:00:00.000Z') + second * 1000).toISOString()
const words = (spans: ReturnType<typeof spansOf>): string[] =>
  spans.map(({ kind, from, to }) => `${kind} ${second(from)}-${to === null ? '' : second(to)}`)
const second = (time: string): number => (Date.parse(time) - Date.parse(at(0))) / 1000

test.each<[string, string[], number, string[]]>([
  ['nothing', ['starting 1', 'running 1'], 1, []],
  ['a wait belongs to the run that it led to', ['pending 0', 'starting 1', 'running 1', 'done 1'], 1, ['waiting 0-1']],
  ['a changed reason is the same wait', ['pending 0', 'pending 0', 'starting 1'], 1, ['waiting 0-2']],
  ['of a retry', ['running 1', 'retrying 1', 'starting 2', 'failed 2'], 2, ['waiting 1-2']],
  ['not to the run before', ['running 1', 'retrying 1', 'starting 2'], 1, []],
  ['a cancelled wait led to none', ['running 1', 'pending 1', 'cancelled 1'], 1, []],
  ['pauses', ['running 1', 'paused 1', 'running 1', 'paused 1', 'completing 1'], 1, ['paused 1-2', 'paused 3-4']],
  ['bad health', ['running 1', 'running 1 unhealthy', 'running 1 healthy', 'done 1'], 1, ['unhealthy 1-2']],
  ['bad health that a pause does not end', ['running 1 unhealthy', 'paused 1', 'running 1'], 1, ['unhealthy 0-9', 'paused 1-2']],
  ['what lasts until the end', ['running 1', 'paused 1'], 1, ['paused 1-9']],
])('%s: %j', (_, entries, run, expected) => {
  expect(words(spansOf(timeline(...entries), run, at(9)))).toEqual(expected)
})

test('of a live run it lasts', () => {
  expect(words(spansOf(timeline('running 1', 'paused 1'), 1, null))).toEqual(['paused 1-'])
})

test('since when it waits is the first entry of the wait', () => {
  expect(waitingSince(timeline('running 1', 'pending 1', 'retrying 1'))).toBe(at(1))
  expect(waitingSince(timeline('pending 0', 'starting 1'))).toBe(null)
  expect(waitingSince([])).toBe(null)
})
