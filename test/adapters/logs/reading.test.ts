import { closeSync, ftruncateSync, openSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Clock } from '../../../src/core/world.ts'
import type { LogLine } from '../../../src/protocol/view.ts'
import { discard, type Kept, keeperIn, numbered, realClock, scratch, until, write } from '../support/logs.ts'

let dir: string
let kept: Kept
/** Wall time as the test sets it; files keep their real times, so they are touched accordingly. */
let shift = 0
const clock: Clock = { ...realClock, wall: () => Date.now() + shift }
const bounds = { maxBytes: 65_536, keep: 5 }
const texts = (lines: readonly LogLine[]): string[] => lines.map(({ text }) => text)
const firstWords = (lines: readonly LogLine[]): number[] => lines.map(({ text }) => Number(text.split(' ')[0]))

beforeEach(() => {
  shift = 0
  dir = scratch()
  kept = keeperIn(dir, { clock })
})
afterEach(async () => {
  await kept.keeper.close()
  discard(dir)
})

test('runs are told apart by number and counted back from the last', async () => {
  const { keeper } = kept
  keeper.beginRun('a', 1, bounds)
  write(dir, 'a', 'one\nunfinished')
  keeper.endRun('a')
  keeper.beginRun('a', 2, bounds)
  write(dir, 'a', 'two\n')
  keeper.endRun('a')
  const read = async (run: number): Promise<string[]> => texts((await keeper.read({ names: ['a'], stream: 'both', run })).lines)
  expect(await read(1)).toEqual(['one', 'unfinished'])
  expect(await read(2)).toEqual(['two'])
  expect(await read(-1)).toEqual(['two'])
  expect(await read(-2)).toEqual(['one', 'unfinished'])
  const all = await keeper.tail('a', 10, 'both')
  expect(all.map(({ text, run }) => [text, run])).toEqual([
    ['one', 1],
    ['unfinished', 1],
    ['two', 2],
  ])
  await expect(keeper.read({ names: ['a'], stream: 'both', run: 7 })).rejects.toMatchObject({ code: 'NOT_FOUND' })
})

test('of short lines, thousands to a block, no more are shown than were asked for', async () => {
  const { keeper } = kept
  keeper.beginRun('a', 1, bounds)
  write(dir, 'a', Array.from({ length: 9000 }, (_, i) => `${i}\n`).join(''))
  expect(texts((await keeper.read({ names: ['a'], stream: 'out', tail: 1 })).lines)).toEqual(['8999'])
  expect(texts((await keeper.read({ names: ['a'], stream: 'out', tail: 3 })).lines)).toEqual(['8997', '8998', '8999'])
})

test('an unfinished line is told without being passed, and told as a whole when it is complete', async () => {
  const { keeper } = kept
  keeper.beginRun('a', 1, bounds)
  write(dir, 'a', 'done\nPassword: ')
  const page = await keeper.read({ names: ['a'], stream: 'out' })
  expect(texts(page.lines)).toEqual(['done', 'Password: '])
  expect((await keeper.read({ names: [], stream: 'out', cursor: page.cursor })).lines).toEqual([])
  write(dir, 'a', 'secret\n')
  expect(texts((await keeper.read({ names: [], stream: 'out', cursor: page.cursor })).lines)).toEqual(['Password: secret'])
})

test('several names are merged by time, each stream in its own order', async () => {
  const { keeper } = kept
  for (const name of ['a', 'b']) keeper.beginRun(name, 1, bounds)
  for (let i = 0; i < 4; i++) {
    const name = i % 2 ? 'b' : 'a'
    write(dir, name, `${i} of ${name}\n`, i < 2 ? 'out' : 'err')
    // Each read is a look at the sizes, which dates what was written since.
    await keeper.read({ names: ['a', 'b'], stream: 'both' })
    const now = Date.now()
    await until('the next millisecond', () => Date.now() > now + 5)
  }
  expect(firstWords((await keeper.read({ names: ['b', 'a'], stream: 'both' })).lines)).toEqual([0, 1, 2, 3])
  expect(firstWords((await keeper.read({ names: ['b', 'a'], stream: 'both', tail: 2 })).lines)).toEqual([2, 3])
  expect(firstWords((await keeper.read({ names: ['b', 'a'], stream: 'err' })).lines)).toEqual([2, 3])
})

test('since finds what was written after a time, to the precision of the looks', async () => {
  const { keeper } = kept
  keeper.beginRun('a', 1, bounds)
  write(dir, 'a', 'early 1\nearly 2\n')
  await keeper.tail('a', 1, 'out')
  const between = Date.now() + 5
  await until('some time', () => Date.now() > between + 20)
  await keeper.tail('a', 1, 'out')
  write(dir, 'a', 'late 1\nlate 2\n')
  const page = await keeper.read({ names: ['a'], stream: 'out', sinceMs: between })
  expect(texts(page.lines)).toEqual(['late 1', 'late 2'])
  expect(page.lines.every(({ at }) => Date.parse(at!) >= between)).toBe(true)
  expect(texts((await keeper.read({ names: ['a'], stream: 'out', sinceMs: 0 })).lines)).toHaveLength(4)
  expect(texts((await keeper.read({ names: ['a'], stream: 'out', sinceMs: Date.now() + 60_000 })).lines)).toEqual([])
})

test('grep looks for the last lines that match, through packed archives; a bad expression is told', async () => {
  const { keeper } = kept
  const { outFile } = keeper.beginRun('a', 1, bounds)
  write(dir, 'a', `needle at the start\n${numbered(0, 4000)}`)
  await until('rotation', () => statSync(outFile).size < 65_536)
  write(dir, 'a', numbered(4000, 4500))
  expect(texts((await keeper.read({ names: ['a'], stream: 'out', grep: '^needle' })).lines)).toEqual(['needle at the start'])
  expect(firstWords((await keeper.read({ names: ['a'], stream: 'out', grep: '^\\d*99 ', tail: 3 })).lines)).toEqual([
    4299, 4399, 4499,
  ])
  expect((await keeper.read({ names: ['a'], stream: 'out', grep: '^\\d*99 ', run: 1 })).lines).toHaveLength(45)
  await expect(keeper.read({ names: ['a'], stream: 'out', grep: '(' })).rejects.toMatchObject({ code: 'USAGE' })
  write(dir, 'a', `${'a'.repeat(100)}!\n`)
  await expect(keeper.read({ names: ['a'], stream: 'out', grep: '^(a+)+$' })).rejects.toMatchObject({ code: 'USAGE' })
  await expect(keeper.read({ names: ['a'], stream: 'out', cursor: 'nonsense' })).rejects.toMatchObject({ code: 'BAD_REQUEST' })
})

test('a tail goes back over rotated archives, and its cursor goes on without a gap', async () => {
  const { keeper } = kept
  const { outFile } = keeper.beginRun('a', 1, bounds)
  write(dir, 'a', numbered(0, 3000))
  await until('rotation', () => statSync(outFile).size < 65_536)
  const page = await keeper.read({ names: ['a'], stream: 'out', tail: 2500 })
  expect(firstWords(page.lines)).toEqual(Array.from({ length: 2500 }, (_, i) => 500 + i))
  write(dir, 'a', numbered(3000, 6000))
  await until('another rotation', () => statSync(outFile).size < 65_536)
  const next = await keeper.read({ names: [], stream: 'out', cursor: page.cursor })
  expect(firstWords(next.lines)).toEqual(Array.from({ length: 3000 }, (_, i) => 3000 + i))
  expect(next.more).toBe(false)
})

test('a line of 100 MB is cut, told once, and costs no memory to speak of', async () => {
  const { keeper } = kept
  keeper.beginRun('a', 1, { maxBytes: 1024 ** 3, keep: 1 })
  const mega = Buffer.alloc(1024 * 1024, 'y')
  write(dir, 'a', 'before\n')
  const before = await keeper.read({ names: ['a'], stream: 'out' })
  const told: string[] = []
  const follower = keeper.follow(before.cursor, (page) => told.push(...texts(page.lines)))
  for (let i = 0; i < 100; i++) write(dir, 'a', mega)
  write(dir, 'a', '\nafter\n')
  await until('told', () => told.length === 2)
  follower.close()
  const cut = 100 * 1024 * 1024 - 65_536
  expect(told).toEqual([`${'y'.repeat(65_536)}… (${cut} bytes cut)`, 'after'])
  expect(texts(await keeper.tail('a', 2, 'out'))[1]).toBe('after')
  expect(texts((await keeper.read({ names: ['a'], stream: 'out', cursor: before.cursor })).lines)[1]).toBe('after')
})

test('a program that empties its own log is noticed; offsets go on and nothing old is told again', async () => {
  const { keeper, log } = kept
  const { outFile } = keeper.beginRun('a', 1, bounds)
  write(dir, 'a', 'old 1\nold 2\n')
  const page = await keeper.read({ names: ['a'], stream: 'out' })
  truncateSync(outFile, 0)
  write(dir, 'a', 'new\n')
  const next = await keeper.read({ names: [], stream: 'out', cursor: page.cursor })
  expect(texts(next.lines)).toEqual(['new'])
  expect(next.notices.join()).toContain('emptied its log')
  expect(log.told.join('\n')).toContain('was emptied by its program')
  // Replaced by another file, as logrotate or an editor would.
  renameSync(outFile, join(dir, 'elsewhere'))
  writeFileSync(outFile, 'another file, longer than before\n')
  expect(texts((await keeper.read({ names: [], stream: 'out', cursor: next.cursor })).lines)).toEqual([
    'another file, longer than before',
  ])
  // And all of it with a new keeper too.
  await keeper.close()
  const file = openSync(outFile, 'r+')
  ftruncateSync(file, 0)
  closeSync(file)
  write(dir, 'a', 'x\n')
  kept = keeperIn(dir)
  expect(texts((await kept.keeper.read({ names: [], stream: 'out', cursor: next.cursor })).lines)).toEqual(['x'])
})

test('flush empties all, archives included, and cursors stay sane', async () => {
  const { keeper } = kept
  const { outFile } = keeper.beginRun('a', 1, bounds)
  write(dir, 'a', numbered(0, 3000))
  await until('rotation', () => statSync(outFile).size < 65_536)
  const page = await keeper.read({ names: ['a'], stream: 'out' })
  await keeper.flush('a')
  expect(await keeper.tail('a', 5, 'both')).toEqual([])
  write(dir, 'a', 'fresh\n')
  expect(texts((await keeper.read({ names: [], stream: 'out', cursor: page.cursor })).lines)).toEqual(['fresh'])
  expect((await keeper.read({ names: ['a'], stream: 'out', run: 1 })).notices).toEqual([])
  await keeper.remove('a')
  expect(await keeper.tail('a', 5, 'both')).toEqual([])
  keeper.beginRun('a', 1, bounds)
  write(dir, 'a', 'reborn\n')
  expect(texts((await keeper.read({ names: [], stream: 'out', cursor: page.cursor })).lines)).toEqual(['reborn'])
})

test('a scanner gets complete lines of the run from its first on', async () => {
  const { keeper } = kept
  write(dir, 'a', 'of an older run\n')
  keeper.beginRun('a', 2, bounds)
  write(dir, 'a', 'first\nsec')
  const told: string[] = []
  const scanner = keeper.scan('a', 'both', (text) => told.push(text))
  await until('the first line', () => told.length === 1)
  write(dir, 'a', 'ond\n')
  write(dir, 'a', 'to stderr\n', 'err')
  await until('all lines', () => told.length === 3)
  write(dir, 'a', 'cut off')
  keeper.endRun('a')
  await until('the end of the run', () => told.length === 4)
  scanner.close()
  expect(told).toEqual(['first', expect.anything(), expect.anything(), 'cut off'])
  expect(told.slice(1, 3).sort()).toEqual(['second', 'to stderr'])
})

test('a missing directory and a removed file are told, not thrown', async () => {
  const { keeper, log } = kept
  discard(dir)
  expect(await keeper.tail('a', 5, 'both')).toEqual([])
  const { outFile } = keeper.beginRun('a', 1, bounds)
  write(dir, 'a', 'here\n')
  expect(texts(await keeper.tail('a', 5, 'both'))).toEqual(['here'])
  rmSync(outFile)
  expect(await keeper.tail('a', 5, 'both')).toEqual([])
  expect(log.told.join('\n')).toContain('was removed while it is written to')
  expect(log.told.join('\n')).toContain('was missing and is made again')
})
