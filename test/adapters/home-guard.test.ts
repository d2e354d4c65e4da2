import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { checkedBefore, createHomeGuard, type HomeGuard } from '../../src/adapters/home-guard.ts'

let base: string
let home: string
let link: string
let said: string[]
let guard: HomeGuard
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'ptrack-guard-'))
  home = join(base, 'home')
  link = join(home, 'daemon.lock/7')
  take()
  said = []
  guard = createHomeGuard({
    home,
    lock: { file: link, content: '10:20:boot' },
    say: (line) => void said.push(line),
    exit: (code) => {
      throw new Error(`left with ${code}`)
    },
  })
})
afterEach(() => rmSync(base, { recursive: true, force: true }))

function take(holder = '10:20:boot'): void {
  mkdirSync(join(home, 'daemon.lock'), { recursive: true })
  symlinkSync(holder, link)
}

test('a home and a lock of our own: nothing is said, whatever else changes in it', () => {
  writeFileSync(join(home, 'process-state.json'), '{}')
  symlinkSync('1:1:boot', join(home, 'daemon.lock/6'))
  guard.check()
  expect(said).toEqual([])
})

test.each<[string, () => void, string]>([
  ['the home is removed', () => rmSync(home, { recursive: true }), 'it was removed'],
  ['the home is moved away', () => renameSync(home, `${home}-old`), 'it was removed'],
  [
    'another home is in its place, its lock the same in word and number',
    () => {
      renameSync(home, `${home}-old`)
      take()
    },
    'another directory is in its place',
  ],
  ['the lock is removed', () => rmSync(join(home, 'daemon.lock'), { recursive: true }), 'its lock was removed'],
  [
    'the lock is a file',
    () => {
      unlinkSync(link)
      writeFileSync(link, '')
    },
    'its lock was removed',
  ],
  [
    'the lock says another daemon',
    () => {
      unlinkSync(link)
      symlinkSync('11:21:boot', link)
    },
    'its lock is held by another daemon',
  ],
])('%s: one line, and it leaves', (_what, lose, why) => {
  lose()
  expect(() => guard.check()).toThrow('left with 1')
  expect(said).toEqual([expect.stringContaining(`lost its home ${home}: ${why}`)])
})

test('what writes is asked first, and what only reads is not', () => {
  const done: string[] = []
  const target = { write: (what: string) => void done.push(what), read: () => 'text' }
  const checked = checkedBefore(target, ['write'], guard.check)
  checked.write('a')
  rmSync(home, { recursive: true })
  expect(() => checked.write('b')).toThrow('left with 1')
  expect([checked.read(), done]).toEqual(['text', ['a']])
})
