import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { createAuditLog } from '../../src/adapters/audit-log.ts'
import type { AuditEntry } from '../../src/protocol/overview.ts'

const made: string[] = []
afterEach(() => {
  for (const dir of made.splice(0)) rmSync(dir, { recursive: true, force: true })
})
function kit(maxBytes?: number) {
  const dir = mkdtempSync(join(tmpdir(), 'ptrack-audit-'))
  made.push(dir)
  return { dir, open: () => createAuditLog({ dir, ...(maxBytes && { maxBytes }) }) }
}
const entry = (n: number): AuditEntry => ({
  at: new Date(n).toISOString(),
  method: 'stop',
  targets: ['web'],
  processes: ['web'],
  by: 'ann',
  token: null,
  client: 'cli',
  command: ['stop', 'web'],
  detail: null,
})
async function times(log: ReturnType<typeof createAuditLog>, most = 1000): Promise<number[]> {
  const found: number[] = []
  await log.scan(({ at }) => found.push(Date.parse(at)) < most)
  return found
}

test('what was noted is read newest first, by the next daemon too, and reading stops when asked', async () => {
  const { open } = kit()
  const log = open()
  expect(await times(log)).toEqual([])
  for (let n = 0; n < 5; n++) log.note(entry(n))
  expect(await times(open())).toEqual([4, 3, 2, 1, 0])
  expect(await times(open(), 2)).toEqual([4, 3])
})

test('it has a size that it does not outgrow, and the newest are kept', async () => {
  const { dir, open } = kit(2000)
  const log = open()
  for (let n = 0; n < 200; n++) log.note(entry(n))
  expect(readdirSync(dir).sort()).toEqual(['audit.log', 'audit.log.1', 'audit.log.2'])
  for (const name of readdirSync(dir)) expect(statSync(join(dir, name)).size).toBeLessThanOrEqual(2000)
  const found = await times(log)
  expect(found[0]).toBe(199)
  expect(found).toEqual(found.toSorted((a, b) => b - a))
})

test('a broken line costs itself, and a file that cannot be read costs its entries', async () => {
  const { dir, open } = kit()
  writeFileSync(join(dir, 'audit.log'), `${JSON.stringify(entry(1))}\n{"at":"x"}\n{"torn\n${JSON.stringify(entry(2))}\n`)
  mkdirSync(join(dir, 'audit.log.1'))
  expect(await times(open())).toEqual([2, 1])
})
