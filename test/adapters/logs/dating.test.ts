/** The order in which lines of several streams are shown, and the times that they are given. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { offsetAt, stretchAt } from '../../../src/adapters/logs/dating.ts'
import type { Entry } from '../../../src/adapters/logs/time-index.ts'
import { discard, type Kept, keeperIn, scratch, until, write } from '../support/logs.ts'

describe('what was written between two looks', () => {
  const entries: Entry[] = [
    { t: 1000, out: 0, err: 0, run: 1 },
    { t: 2000, out: 100, err: 50 },
    { t: 12_000, out: 200, err: 50 },
  ]

  test('has the time of the second one when they are close', () => {
    for (const end of [1, 50, 100]) expect(stretchAt(entries, 'out', end, null)).toEqual({ at: 2000, to: 100 })
    expect(stretchAt(entries, 'err', 7, null)).toEqual({ at: 2000, to: 50 })
  })

  test('is spread by its bytes when they are far apart, to a second', () => {
    expect(stretchAt(entries, 'out', 101, null)).toEqual({ at: 3000, to: 110 })
    expect(stretchAt(entries, 'out', 110, null)).toEqual({ at: 3000, to: 110 })
    expect(stretchAt(entries, 'out', 111, null)).toEqual({ at: 4000, to: 120 })
    expect(stretchAt(entries, 'out', 200, null)).toEqual({ at: 12_000, to: 200 })
  })

  test('has no time before the first look, and after the last that of the file', () => {
    expect(stretchAt([{ t: 5, out: 10, err: 0 }], 'out', 4, null)).toEqual({ at: null, to: 9 })
    expect(stretchAt([{ t: 5, out: 10, err: 0 }], 'out', 10, null)).toEqual({ at: 5, to: 10 })
    expect(stretchAt(entries, 'out', 201, 13_000)).toEqual({ at: 13_000, to: Number.POSITIVE_INFINITY })
  })

  test('since a time finds every line that is dated then or later', () => {
    expect(offsetAt(entries, 'out', 1500)).toBe(0)
    expect(offsetAt(entries, 'out', 2001)).toBe(100)
    expect(offsetAt(entries, 'out', 7000)).toBe(150)
    expect(offsetAt(entries, 'out', 20_000)).toBe(200)
  })
})

describe('lines of both streams', () => {
  let dir: string
  let kept: Kept
  const bounds = { maxBytes: 65_536, keep: 5 }
  beforeEach(() => {
    dir = scratch()
    kept = keeperIn(dir)
    kept.keeper.beginRun('a', 1, bounds)
  })
  afterEach(async () => {
    await kept.keeper.close()
    discard(dir)
  })
  const shown = async (tail: number): Promise<string[]> => (await kept.keeper.tail('a', tail, 'both')).map(({ text }) => text)
  /** As the sweep does; the next look is at another millisecond. */
  const look = async (): Promise<void> => {
    kept.keeper.endOf('a', 'out')
    const now = Date.now()
    await until('the next millisecond', () => Date.now() > now + 5)
  }

  test('of one look stdout stands first, whatever its size, and no trace is torn', async () => {
    await look()
    const trace = ['Error: no such table', '    at query (db.js:1)', '    at main (app.js:2)']
    write(dir, 'a', `${Array.from({ length: 50 }, (_, n) => `building ${n}`).join('\n')}\n`)
    write(dir, 'a', `${trace.join('\n')}\n`, 'err')
    await look()
    write(dir, 'a', 'restarting\n')
    const built = Array.from({ length: 50 }, (_, n) => `building ${n}`)
    expect(await shown(100)).toEqual([...built, ...trace, 'restarting'])
    expect(await shown(5)).toEqual(['building 49', ...trace, 'restarting'])
  })

  test('a line that begins with white space stays with the one before it, also over two looks', async () => {
    write(dir, 'a', 'Error: torn by a look\n    at one\n', 'err')
    await look()
    write(dir, 'a', 'meanwhile\n')
    write(dir, 'a', '    at two\n\tat three\nlater\n', 'err')
    expect(await shown(100)).toEqual(['Error: torn by a look', '    at one', '    at two', '\tat three', 'meanwhile', 'later'])
  })
})
