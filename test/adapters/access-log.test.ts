import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createAccessLog } from '../../src/adapters/access-log.ts'

let dir: string
let file: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'ptrack-access-'))
  file = join(dir, 'access.log')
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const clock = { wall: () => Date.UTC(2026, 0, 2, 3, 4, 5) }
const entry = {
  user: 'sam',
  token: 'ci',
  address: '127.0.0.1',
  method: 'GET',
  path: '/api/processes',
  status: 200,
  ms: 3,
  bytes: 120,
}
const entries = () =>
  readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)

test('a request is one line of JSON in a private file, on disk at once', () => {
  createAccessLog({ file, clock }).note(entry)
  expect(entries()).toEqual([{ time: '2026-01-02T03:04:05.000Z', ...entry }])
  expect(statSync(file).mode & 0o777).toBe(0o600)
})

test('neither a query nor a line break of a stranger gets into it', () => {
  const log = createAccessLog({ file, clock })
  log.note({ ...entry, path: '/api/x?token=ptk_secret' })
  log.note({ ...entry, path: '/api/\r\n{"user":"root"}', user: null, token: null })
  expect(readFileSync(file, 'utf8')).not.toContain('ptk_secret')
  expect(entries().map(({ path }) => path)).toEqual(['/api/x', '/api/\r\n{"user":"root"}'])
})

test('a long path is cut', () => {
  createAccessLog({ file, clock }).note({ ...entry, path: `/${'a'.repeat(10_000)}` })
  expect(String(entries()[0]?.path).length).toBe(300)
})

test('it rotates by size and keeps three files', () => {
  const log = createAccessLog({ file, clock, maxBytes: 1000 })
  for (let n = 0; n < 60; n++) log.note({ ...entry, status: 200 + n })
  expect(readdirSync(dir).sort()).toEqual(['access.log', 'access.log.1', 'access.log.2'])
  for (const name of readdirSync(dir)) expect(statSync(join(dir, name)).size).toBeLessThanOrEqual(1000)
  expect(entries().at(-1)?.status).toBe(259)
})
