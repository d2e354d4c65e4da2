import { expect, test } from 'vitest'
import { levelOf } from '../../src/protocol/log-level.ts'

test.each([
  ['{"level":"error","msg":"x"}', 'error'],
  ['{"level":30,"time":1,"msg":"x"}', 'info'],
  ['{"level":60}', 'error'],
  ['{"severity":"WARNING"}', 'warn'],
  ['{"msg":"the level is error"}', null],
  ['time=2026-01-01 level=warn msg="x"', 'warn'],
  ['ERROR something', 'error'],
  ['Error: it broke', 'error'],
  ['error: it broke', 'error'],
  ['[error] it broke', 'error'],
  ['2026-11-30T12:00:00.123Z WARN slow', 'warn'],
  ['2026-11-30 12:00:00,123 - DEBUG - x', 'debug'],
  ['[12:00:00] [worker-1] INFO: ready', 'info'],
  ['\u001b[33mWARN\u001b[0m colours', 'warn'],
  ['<info> x', 'info'],
  ['information about you', null],
  ['log in to continue', null],
  ['listening on 3000', null],
  ['ERRORS were not found', null],
  ['', null],
  ['    at Object.<anonymous> (file.js:1:1)', null],
])('%s: %s', (line, level) => {
  expect(levelOf(line)).toBe(level)
})

test('a long line is looked at in its beginning alone', () => {
  expect(levelOf(`${'x'.repeat(100_000)} level=error`)).toBe(null)
})
