/** Reading backwards, page by page, and up to a time: together the pages are the log, each line once. */
import { utimesSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Clock } from '../../../src/core/world.ts'
import type { LogKeeper, LogReadQuery } from '../../../src/core/world-logs.ts'
import type { LogLine } from '../../../src/protocol/view.ts'
import { discard, type Kept, keeperIn, realClock, scratch, write } from '../support/logs.ts'

let dir: string
let kept: Kept
let shift = 0
const clock: Clock = { ...realClock, wall: () => Date.now() + shift }
const bounds = { maxBytes: 1 << 20, keep: 5 }
const said = (lines: readonly LogLine[]): string[] => lines.map(({ process, stream, text }) => `${process} ${stream} ${text}`)

beforeEach(() => {
  shift = 0
  dir = scratch()
  kept = keeperIn(dir, { clock })
})
afterEach(async () => {
  await kept.keeper.close()
  discard(dir)
})

/** Some lines of two processes on both streams, in bursts ten seconds apart. */
async function written(bursts: number): Promise<number[]> {
  const { keeper } = kept
  for (const name of ['a', 'b']) keeper.beginRun(name, 1, bounds)
  const times: number[] = []
  let n = 0
  for (let burst = 0; burst < bursts; burst++) {
    for (const name of ['a', 'b'])
      for (const stream of ['out', 'err'] as const) {
        const lines = Array.from({ length: (burst + n) % 5 }, () => `line ${n++}${n % 3 === 0 ? ' hit' : ''}\n`).join('')
        write(dir, name, lines, stream)
        const seconds = clock.wall() / 1000
        utimesSync(join(dir, `${name}.${stream}.log`), seconds, seconds)
      }
    // A look at the logs dates what is new.
    for (const name of ['a', 'b']) await keeper.tail(name, 1, 'both')
    times.push(clock.wall())
    shift += 10_000
  }
  return times
}

async function backwards(keeper: Pick<LogKeeper, 'read'>, query: LogReadQuery): Promise<string[][]> {
  const pages: string[][] = []
  let before: string | undefined
  for (;;) {
    const page = await keeper.read({ ...query, before })
    pages.unshift(said(page.lines))
    if (page.before == null) return pages
    // It goes on, or it would never end.
    expect(page.before).not.toBe(before)
    before = page.before
  }
}

test.each([1, 2, 3, 7, 100])('pages of %s, read backwards, are the whole log in its order, searched or not', async (tail) => {
  await written(12)
  for (const grep of [undefined, 'hit', 'nowhere to be found']) {
    const query: LogReadQuery = { names: ['a', 'b'], stream: 'both', grep }
    const whole = said((await kept.keeper.read({ ...query, sinceMs: 0 })).lines)
    if (grep !== 'nowhere to be found') expect(whole.length).toBeGreaterThan(20)
    const pages = await backwards(kept.keeper, { ...query, tail })
    expect(pages.flat()).toEqual(whole)
    for (const page of pages.slice(1)) expect(page.length).toBe(tail)
  }
})

test('what is written while somebody reads backwards is not among the pages', async () => {
  await written(4)
  const { keeper } = kept
  const query: LogReadQuery = { names: ['a', 'b'], stream: 'both', tail: 3 }
  const whole = said((await keeper.read({ ...query, tail: undefined, sinceMs: 0 })).lines)
  const last = await keeper.read(query)
  write(dir, 'a', 'later\n')
  const earlier = await keeper.read({ ...query, tail: 1000, before: last.before! })
  expect([...said(earlier.lines), ...said(last.lines)]).toEqual(whole)
  expect(earlier.before).toBe(null)
})

test('until a time: lines that were written before it, the last of them first asked for, and a cursor that ends there', async () => {
  const times = await written(6)
  const { keeper } = kept
  const all: LogReadQuery = { names: ['a', 'b'], stream: 'both', sinceMs: 0 }
  const whole = (await keeper.read(all)).lines
  for (const [burst, time] of times.entries()) {
    const untilMs = time - 5000
    const expected = whole.filter(({ at }) => Date.parse(at!) < untilMs)
    const page = await keeper.read({ ...all, untilMs })
    expect(said(page.lines)).toEqual(said(expected))
    expect(said((await keeper.read({ ...all, sinceMs: undefined, tail: 2, untilMs })).lines)).toEqual(said(expected.slice(-2)))
    expect((await keeper.read({ names: [], stream: 'both', cursor: page.cursor })).lines).toEqual([])
    if (burst > 0) expect(expected.length).toBeGreaterThan(0)
  }
  expect(said((await keeper.read({ ...all, untilMs: clock.wall() })).lines)).toEqual(said(whole))
})

test('of a run the pages end where it begins', async () => {
  const { keeper } = kept
  keeper.beginRun('a', 1, bounds)
  write(dir, 'a', 'one\ntwo\n')
  keeper.endRun('a')
  keeper.beginRun('a', 2, bounds)
  write(dir, 'a', 'three\nfour\nfive\n')
  const pages = await backwards(keeper, { names: ['a'], stream: 'out', run: 2, tail: 2 })
  expect(pages).toEqual([['a out three'], ['a out four', 'a out five']])
})
