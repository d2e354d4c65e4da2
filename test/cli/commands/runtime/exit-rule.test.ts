/** What ends a container, and with which code. */
import { expect, test } from 'vitest'
import { type Member, verdictOf } from '../../../../src/cli/commands/runtime/exit-rule.ts'
import type { ExitRule } from '../../../../src/cli/commands/runtime/options.ts'
import type { ProcessView } from '../../../../src/protocol/view.ts'

const START = Date.parse('2026-01-01T00:00:00Z')
const at = (second: number): string => new Date(START + second * 1000).toISOString()

function member(name: string, more: Partial<ProcessView> & { critical?: boolean } = {}): Member {
  const { critical = false, ...view } = more
  const running = {
    kind: 'service',
    status: 'running',
    wanted: 'up',
    crashLoop: false,
    nextRunAt: null,
    reason: null,
    error: null,
  }
  const base = { ...running, name, pid: 1, exitCode: null, signal: null, since: at(1), startedAt: at(1), endedAt: null }
  return { critical, view: { ...base, ...view } as unknown as ProcessView }
}
const done = (name: string, second = 2, more = {}) =>
  member(name, { status: 'done', exitCode: 0, since: at(second), endedAt: at(second), pid: null, ...more })
const failed = (name: string, exitCode: number, second = 2, more = {}) =>
  member(name, {
    status: 'failed',
    exitCode,
    reason: `exit code ${exitCode}`,
    since: at(second),
    endedAt: at(second),
    pid: null,
    ...more,
  })
const looping = (name: string, exitCode: number, more = {}) =>
  member(name, { status: 'retrying', crashLoop: true, exitCode, since: at(9), endedAt: at(9), pid: null, ...more })
const before = (name: string) => done(name, -60, { startedAt: at(-61) })
const byHand = (name: string, more = {}) =>
  member(name, { status: 'stopped', wanted: 'down', signal: 'SIGTERM', since: at(5), endedAt: at(5), pid: null, ...more })
const up = member('up')

test.each<[what: string, rule: ExitRule | undefined, members: Member[], end: [string | null, number] | null]>([
  ['something lives', undefined, [up, failed('a', 1)], null],
  ['the last one', undefined, [done('a', 2), failed('b', 7, 3)], ['b', 7]],
  ['the last one, well', undefined, [failed('b', 7, 2), done('a', 3)], ['a', 0]],
  ['a critical one', undefined, [up, failed('a', 5, 2, { critical: true })], ['a', 5]],
  ['a critical one that is done', undefined, [up, done('a', 2, { critical: true })], ['a', 0]],
  ['a critical one in a crash loop', undefined, [up, looping('a', 6, { critical: true })], ['a', 6]],
  ['a crash loop beside one that lives', undefined, [up, looping('a', 6)], null],
  ['nothing but crash loops', undefined, [looping('a', 6), done('b')], ['a', 6]],
  ['one that is retried', undefined, [member('a', { status: 'retrying', exitCode: 1 })], null],
  ['one that waits for a schedule', undefined, [done('a', 2, { nextRunAt: at(100) })], null],
  ['stopped by hand', undefined, [byHand('a'), done('b')], null],
  ['never started by its file', undefined, [byHand('a', { startedAt: null, signal: null }), done('b', 3)], ['b', 0]],
  ['all ended before', undefined, [before('a'), before('b')], [null, 0]],
  ['what ended before, and one that lives', 'any', [before('a'), up], null],
  ['never', 'never', [failed('a', 1)], null],
  ['any', 'any', [up, done('a')], ['a', 0]],
  ['failure, and one is done', 'failure', [up, done('a')], null],
  ['failure', 'failure', [up, failed('b', 2, 4), failed('a', 3, 3)], ['a', 3]],
  ['failure by a signal', 'failure', [up, failed('a', 0, 2, { exitCode: null, signal: 'SIGSEGV' })], ['a', 139]],
  ['failure of what ended with 0', 'failure', [up, failed('a', 0, 2, { status: 'timeout' })], ['a', 1]],
  [
    'failure of what cannot be started',
    'failure',
    [failed('a', 0, 2, { exitCode: null, error: { code: 'ENOENT', message: '' } })],
    ['a', 127],
  ],
  ['all, and one lives', 'all', [up, failed('a', 1, 2, { critical: true })], null],
  ['all', 'all', [failed('a', 1, 2), done('b', 3)], ['b', 0]],
])('%s', (_, rule, members, end) => {
  const verdict = verdictOf(rule, members, { startedMs: START, complete: true })
  expect(verdict && [verdict.name, verdict.code]).toEqual(end)
})

test('the last one is known only when all were started', () => {
  const moment = { startedMs: START, complete: false }
  expect(verdictOf(undefined, [done('a')], moment)).toBeNull()
  expect(verdictOf(undefined, [done('a', 2, { critical: true })], moment)).toMatchObject({ code: 0 })
})
