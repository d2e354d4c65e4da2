import { describe, expect, test } from 'vitest'
import type { RunBar } from '../../src/protocol/overview.ts'
import { setCell, sparkCell, stateBar, stateCell, stripCell, timeCell } from '../../src/tui/panels/cells.ts'
import { blocks, fitted } from '../../src/tui/sparkline.ts'
import { createTheme } from '../../src/tui/theme.ts'
import { NOW, view } from '../support/views.ts'
import { kit } from './support/model.ts'

const theme = createTheme(0, true)
const { model } = kit()
const run = (outcome: RunBar['outcome']): RunBar => ({ run: 1, startedAt: '', durationMs: 1, outcome })

describe('the bar of a group', () => {
  test('has its width, each state a column at least, the worst first', () => {
    const drawn = stateBar([...Array(97).fill('running'), 'failed', 'paused', 'done'], 10, theme)
    expect(drawn).toBe('█‖━━━━━━━─')
  })
  test.each([1, 2, 3])('is left out where %d columns are too few', (width) => {
    expect(stateBar(['failed', 'running', 'done', 'paused'], width, theme)).toBe('')
  })
})

test('runs: what ended well stands above the line, what failed hangs below it, newest right', () => {
  const runs = [run('done'), run('failed'), run('timeout'), run('interrupted'), run('stopped'), run(null)]
  expect(stripCell(runs, 8, theme)).toBe('  ▀▄▄▄╌▪')
  expect(stripCell(runs, 2, theme)).toBe('╌▪')
})

test('a load that stands still is no line', () => {
  expect(sparkCell([1, 1, 1.5, 1], 'cpu', 4, theme)).toBe('    ')
  expect(sparkCell([1, 50, 100], 'cpu', 4, theme)).toBe(' ▁▅█')
  expect(sparkCell([1e8, 1.01e8, 1e8], 'memory', 4, theme)).toBe('    ')
})

test('the JSON word completing is stopping for people, and is not said twice', () => {
  expect(stateCell(view({ status: 'completing', reason: 'stopping' }), model, 60)).toBe('Stopping')
})

test('ports give way to the reason', () => {
  const ports = [{ port: 8080, open: true, heldBy: 1, latencyMs: 1, checkedAt: null }]
  const one = view({ health: 'unhealthy', reason: 'GET /healthz answered 503', ports })
  expect(stateCell(one, model, 50)).toBe('Unhealthy: GET /healthz answered 503  :8080')
  expect(stateCell(one, model, 38)).toBe('Unhealthy: GET /healthz answered 503')
})

test('a set says how many are well, or how many are not and why', () => {
  const well = view({ health: 'healthy' })
  expect(setCell([well, well], model)).toBe('2 of 2 healthy')
  const bad = view({ status: 'failed', exitCode: 3, endedAt: '2026-03-01T11:00:00.000Z' })
  expect(setCell([bad, well, well], model)).toBe('1 of 3 failed: exit code 3')
})

test.each([
  ['up', {}, '1h'],
  ['ended', { status: 'done', endedAt: '2026-03-01T11:48:00.000Z' }, '12m ago'],
  ['days ago', { status: 'done', endedAt: '2026-02-26T11:48:00.000Z' }, 'Thu 26 Feb'],
  ['between two runs', { status: 'retrying' }, ''],
  ['waiting', { status: 'pending', startedAt: null, since: '2026-03-01T11:59:00.000Z' }, '1m'],
] as const)('time: %s', (_what, over, wanted) => {
  expect(timeCell(view(over), NOW)).toBe(wanted)
})

test('of more points than columns the highest of each column is drawn', () => {
  expect(fitted([1, 9, 2, 3, null, 4], 3)).toEqual([9, 3, 4])
  expect(blocks([0, 50, 100], { width: 4, height: 2 }, { low: 0, high: 100 }, theme.heights)).toEqual(['   █', ' ▁██'])
})
