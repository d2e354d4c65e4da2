import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createDaemonLog } from '../../src/adapters/daemon-log.ts'
import { formatLogLine } from '../../src/protocol/daemon-log-line.ts'

let dir: string
let file: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'ptrack-log-'))
  file = join(dir, 'daemon.log')
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const linesOf = (name: string) => readFileSync(join(dir, name), 'utf8').trimEnd().split('\n')

test('each message is one JSON line on disk at once, in a private file', () => {
  const log = createDaemonLog({ file })
  log.debug('monitor', 'not at this level')
  log.info('monitor', 'round completed')
  log.warn('state', 'two\nlines')
  log.error('spawn', 'failed', new Error('why', { cause: new Error('deeper') }))
  const entries = linesOf('daemon.log').map((line) => JSON.parse(line))
  expect(entries).toMatchObject([
    { level: 'info', component: 'monitor', msg: 'round completed' },
    { level: 'warn', component: 'state', msg: 'two\nlines' },
    { level: 'error', component: 'spawn', msg: 'failed', err: { message: expect.stringContaining('why') } },
  ])
  for (const entry of entries) expect(new Date(entry.time).toISOString()).toBe(entry.time)
  expect(statSync(file).mode & 0o777).toBe(0o600)
})

test('a person reads [time] [level] [component] message', () => {
  expect(
    formatLogLine('{"level":"info","time":"2025-11-04T12:00:00.000Z","component":"monitor","msg":"round completed"}\n'),
  ).toBe('[2025-11-04T12:00:00.000Z] [INFO] [monitor] round completed')
  const error =
    '{"level":"error","time":"T","component":"c","err":{"message":"why","stack":"Error: why\\n    at x"},"msg":"failed"}'
  expect(formatLogLine(error)).toBe('[T] [ERROR] [c] failed\n    Error: why\n        at x')
  for (const other of ['', 'Segmentation fault', '{"level":', '12', 'null', '[1]']) expect(formatLogLine(other)).toBe(other)
  expect(formatLogLine('{}')).toBe('[?] [?] [daemon] ')
})

test('rotation keeps three files and loses no line of those they hold', () => {
  const log = createDaemonLog({ file, maxBytes: 2000 })
  for (let i = 0; i < 100; i++) log.info('test', `line ${i}`)
  expect(readdirSync(dir).sort()).toEqual(['daemon.log', 'daemon.log.1', 'daemon.log.2'])
  for (const name of readdirSync(dir)) expect(statSync(join(dir, name)).size).toBeLessThanOrEqual(2000)
  const numbers = ['daemon.log.2', 'daemon.log.1', 'daemon.log']
    .flatMap(linesOf)
    .map((line) => Number(JSON.parse(line).msg.slice(5)))
  expect(numbers.at(-1)).toBe(99)
  expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, i) => 100 - numbers.length + i))
})

test('the next daemon appends, and rotates by the size it finds', () => {
  createDaemonLog({ file, maxBytes: 300 }).info('test', 'x'.repeat(200))
  createDaemonLog({ file, maxBytes: 300 }).info('test', 'y'.repeat(200))
  expect(readdirSync(dir).sort()).toEqual(['daemon.log', 'daemon.log.1'])
})

test('where it cannot rotate it goes on in the same file', () => {
  // A directory that is not empty cannot be replaced by a file, not even by root.
  mkdirSync(`${file}.2/in-the-way`, { recursive: true })
  const log = createDaemonLog({ file, maxBytes: 500 })
  for (let i = 0; i < 20; i++) log.info('test', `line ${i}`)
  const after = readdirSync(dir).filter((name) => statSync(join(dir, name)).isFile())
  expect(after.flatMap(linesOf).length).toBe(20)
})
