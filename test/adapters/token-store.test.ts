import * as crypto from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { realFileSystem } from '../../src/adapters/state/file-system.ts'
import { createTokenStore } from '../../src/adapters/token-store.ts'
import { idInRunToken, type TokenRecord } from '../../src/core/world-tokens.ts'

vi.mock('node:crypto', async (original) => {
  const real = await original<typeof crypto>()
  return { ...real, timingSafeEqual: vi.fn(real.timingSafeEqual) }
})

let dir: string
let said: string[]
const log = {
  debug: () => {},
  info: () => {},
  warn: (_: string, m: string) => void said.push(m),
  error: (_: string, m: string) => void said.push(m),
}
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'ptrack-tokens-'))
  said = []
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const open = (fs = realFileSystem) => createTokenStore({ dir, log, fs })
const file = (): string => join(dir, 'tokens.json')

function token(name: string, value: string): TokenRecord {
  return {
    name,
    role: 'operator',
    owner: 'ci',
    hash: open().hashOf(value),
    createdAtMs: 1000,
    createdBy: 'sam',
    expiresAtMs: null,
  }
}

test('a value is ptk_ and 32 random bytes, no two alike', () => {
  const store = open()
  const values = Array.from({ length: 100 }, () => store.newValue())
  for (const value of values) {
    expect(value).toMatch(/^ptk_[\w-]{43}$/)
    expect(Buffer.from(value.slice(4), 'base64url')).toHaveLength(32)
  }
  expect(new Set(values).size).toBe(100)
})

test('the file holds hashes and no value, for its owner only, and the next daemon reads it', async () => {
  const store = open()
  const value = store.newValue()
  const tokens = [token('constructor', value), token('toString', store.newValue())]
  await store.save(tokens)
  const text = readFileSync(file(), 'utf8')
  expect(text).not.toContain(value.slice(4))
  expect(text).toContain(crypto.createHash('sha256').update(value).digest('hex'))
  expect(statSync(file()).mode & 0o777).toBe(0o600)
  expect(await open().load()).toEqual({ tokens, notes: [] })
  expect(readdirSync(dir).sort()).toEqual(['token-secret', 'tokens.json'])
})

test('without a file there are no tokens, and nothing is said', async () => {
  expect(await open().load()).toEqual({ tokens: [], notes: [] })
  expect(said).toEqual([])
})

const good = (): Record<string, unknown> => ({ ...token('a', 'ptk_a') })
test.each<[string, () => string]>([
  ['empty', () => ''],
  ['torn', () => JSON.stringify({ version: 1, tokens: [good()] }).slice(0, -9)],
  ['no object', () => '[]'],
  ['a role that there is not', () => JSON.stringify({ version: 1, tokens: [{ ...good(), role: 'root' }] })],
  ['no hash', () => JSON.stringify({ version: 1, tokens: [{ ...good(), hash: '' }] })],
  ['a field too many', () => JSON.stringify({ version: 1, tokens: [{ ...good(), admin: true }] })],
  ['an expiry that is no number', () => JSON.stringify({ version: 1, tokens: [{ ...good(), expiresAtMs: 'never' }] })],
  ['two of one name', () => JSON.stringify({ version: 1, tokens: [good(), { ...good(), hash: 'f'.repeat(64) }] })],
  ['two of one value', () => JSON.stringify({ version: 1, tokens: [good(), { ...good(), name: 'b' }] })],
])('a damaged file (%s) is set aside and told; nothing of it is accepted, and new tokens can be made', async (_, text) => {
  writeFileSync(file(), text())
  const store = open()
  const loaded = await store.load()
  expect(loaded.tokens).toEqual([])
  expect(loaded.notes).toEqual([expect.stringContaining('no token is accepted')])
  expect(said).toEqual(loaded.notes)
  const aside = readdirSync(dir).filter((name) => name.startsWith('tokens.json.corrupt-'))
  expect(aside).toHaveLength(1)
  expect(readFileSync(join(dir, aside[0]!), 'utf8')).toBe(text())
  await store.save([token('new', 'x')])
  expect((await open().load()).tokens.map(({ name }) => name)).toEqual(['new'])
})

test('a file of a newer version is neither read nor written over', async () => {
  const text = JSON.stringify({ version: 2, tokens: [], more: {} })
  writeFileSync(file(), text)
  const store = open()
  expect((await store.load()).notes).toEqual([expect.stringContaining('newer version')])
  await expect(store.save([])).rejects.toMatchObject({ code: 'FAILED' })
  expect(readFileSync(file(), 'utf8')).toBe(text)
})

test('a file that cannot be read is not written over', async () => {
  mkdirSync(file())
  const store = open()
  expect((await store.load()).notes).toEqual([expect.stringContaining('no token is accepted')])
  await expect(store.save([])).rejects.toMatchObject({ code: 'FAILED' })
})

test('a disk that does not take it: told as such, and the old file stays', async () => {
  await open().save([token('old', 'x')])
  const full = Object.assign(new Error('full'), { code: 'ENOSPC', errno: -28, syscall: 'write' })
  const store = open({ ...realFileSystem, rename: () => Promise.reject(full) })
  await expect(store.save([])).rejects.toMatchObject({ code: 'STATE_WRITE_FAILED' })
  expect((await open().load()).tokens.map(({ name }) => name)).toEqual(['old'])
})

test('writers take turns: the last one counts, also after one that failed', async () => {
  const store = open()
  const sets = Array.from({ length: 10 }, (_, n) => [token(`t${n}`, `v${n}`)])
  await Promise.all(sets.map((tokens) => store.save(tokens)))
  expect((await open().load()).tokens).toEqual(sets.at(-1))
})

test('hashes are compared by timingSafeEqual, whole', () => {
  const store = open()
  const spy = vi.mocked(crypto.timingSafeEqual)
  spy.mockClear()
  const hash = store.hashOf('ptk_x')
  expect(store.same(hash, store.hashOf('ptk_x'))).toBe(true)
  expect(store.same(hash, store.hashOf('ptk_y'))).toBe(false)
  expect(spy).toHaveBeenCalledTimes(2)
  for (const [a, b] of spy.mock.calls) expect([a.byteLength, b.byteLength]).toEqual([64, 64])
  expect(store.same(hash, hash.slice(0, -1))).toBe(false)
})

test('the token of a run is made of the home, the id and the run, and tells the id', () => {
  const run = { number: 3, id: 'r3' }
  const value = open().ofRun('ab12cd34', run)
  expect(value).toMatch(/^ptr_ab12cd34\.[\w-]{43}$/)
  expect(idInRunToken(value)).toBe('ab12cd34')
  expect(open().ofRun('ab12cd34', run)).toBe(value)
  const others = [
    open().ofRun('ab12cd35', run),
    open().ofRun('ab12cd34', { number: 4, id: 'r3' }),
    open().ofRun('ab12cd34', { number: 3, id: 'r4' }),
  ]
  expect(new Set([value, ...others].map((each) => each.split('.')[1])).size).toBe(4)
  expect(statSync(join(dir, 'token-secret')).mode & 0o777).toBe(0o600)
  rmSync(join(dir, 'token-secret'))
  expect(open().ofRun('ab12cd34', run)).not.toBe(value)
})

test.each([
  'ptk_ab12.x',
  'ptr_.',
  'ptr_../x.' + 'a'.repeat(43),
  `ptr_a.${'a'.repeat(42)}`,
  `ptr_a.${'a'.repeat(44)}`,
  `ptr_a.${'a'.repeat(43)}\n`,
])('%j is no token of a run', (text) => expect(idInRunToken(text)).toBeNull())

test('a damaged secret is made anew and told; one that cannot be kept holds for this daemon', () => {
  writeFileSync(join(dir, 'token-secret'), 'short\n')
  const run = { number: 1, id: 'r' }
  const value = open().ofRun('a', run)
  expect(said).toEqual([expect.stringContaining('was damaged')])
  expect(open().ofRun('a', run)).toBe(value)
  said = []
  const gone = join(dir, 'gone')
  const store = createTokenStore({ dir: gone, log })
  expect(store.ofRun('a', run)).toBe(store.ofRun('a', run))
  expect(said).toEqual([expect.stringContaining('hold until this daemon ends')])
})
