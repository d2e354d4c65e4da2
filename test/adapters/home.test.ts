import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { prepareHome } from '../../src/adapters/home.ts'
import { asRoot, linux, testNeeding } from '../support/requires.ts'

let base: string
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'ptrack-home-'))
})
afterEach(() => rmSync(base, { recursive: true, force: true }))

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8)
const OURS = ['env', 'history', 'logs', 'results', 'runs']

test('makes the home with all on the way to it, private whatever the umask', () => {
  const before = process.umask(0)
  try {
    prepareHome(join(base, 'state/ptrack'))
  } finally {
    process.umask(before)
  }
  const home = join(base, 'state/ptrack')
  expect(readdirSync(home).sort()).toEqual(OURS)
  for (const dir of [join(base, 'state'), home, ...OURS.map((name) => join(home, name))]) expect(modeOf(dir)).toBe('700')
})

test('a second time changes nothing; looser modes of its own are fixed', () => {
  prepareHome(base)
  for (const dir of [base, join(base, 'logs')]) chmodSync(dir, 0o755)
  writeFileSync(join(base, 'logs/web.out.log'), 'kept')
  prepareHome(base)
  expect([modeOf(base), modeOf(join(base, 'logs'))]).toEqual(['700', '700'])
  expect(readdirSync(join(base, 'logs'))).toEqual(['web.out.log'])
})

test('a directory with other things in it keeps its mode; ours inside are private', () => {
  writeFileSync(join(base, 'index.html'), '')
  chmodSync(base, 0o755)
  prepareHome(base)
  expect([modeOf(base), modeOf(join(base, 'env'))]).toEqual(['755', '700'])
})

test('a link to a directory will do', () => {
  mkdirSync(join(base, 'real'))
  symlinkSync(join(base, 'real'), join(base, 'link'))
  prepareHome(join(base, 'link'))
  expect(readdirSync(join(base, 'real')).sort()).toEqual(OURS)
})

test('where everybody may write is refused', () => {
  chmodSync(base, 0o777)
  expect(() => prepareHome(base)).toThrow(expect.objectContaining({ code: 'DENIED', hint: expect.stringContaining('chmod 700') }))
  expect(readdirSync(base)).toEqual([])
})

testNeeding(asRoot)("another user's is refused, even for root", () => {
  chownSync(base, 12_345, 12_345)
  expect(() => prepareHome(base)).toThrow(
    expect.objectContaining({ code: 'DENIED', message: expect.stringContaining('uid 12345') }),
  )
})

test('a file in its place, or on the way to it, is named', () => {
  writeFileSync(join(base, 'file'), '')
  for (const home of [join(base, 'file'), join(base, 'file/ptrack')]) {
    expect(() => prepareHome(home)).toThrow(
      expect.objectContaining({ code: 'USAGE', message: expect.stringContaining('not a directory') }),
    )
  }
})

test('a file in place of one of its directories is named', () => {
  writeFileSync(join(base, 'results'), '')
  expect(() => prepareHome(base)).toThrow(
    expect.objectContaining({
      message: `cannot use ${base}: ${join(base, 'results')} is not a directory`,
      hint: `move ${join(base, 'results')} away`,
    }),
  )
})

testNeeding(linux)('a place where nothing can be made is told with its reason', () => {
  expect(() => prepareHome('/proc/ptrack')).toThrow(
    expect.objectContaining({ message: expect.stringMatching(/cannot use \/proc\/ptrack: /), hint: expect.any(String) }),
  )
})
