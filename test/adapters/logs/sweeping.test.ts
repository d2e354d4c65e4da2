/** What watching logs costs: silent programs neither wake the daemon nor make files, and helpers end. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { helpersAlive } from '../../../src/adapters/logs/helper.ts'
import type { Clock } from '../../../src/core/world.ts'
import { FakeClock } from '../../supervisor/support/supervisor.ts'
import { discard, type Kept, keeperIn, scratch, until, write } from '../support/logs.ts'

const bounds = { maxBytes: 65_536, keep: 3 }
let dir: string
let kept: Kept
let clock: FakeClock
let wakes: number

beforeEach(() => {
  dir = scratch()
  clock = new FakeClock()
  wakes = 0
  const counted: Clock = {
    mono: () => clock.mono(),
    wall: () => clock.wall(),
    wakeAfter: (ms, callback) => {
      wakes++
      return clock.wakeAfter(ms, callback)
    },
  }
  kept = keeperIn(dir, { clock: counted })
})
afterEach(async () => {
  await kept.keeper.close()
  discard(dir)
})

function startSilent(name: string): void {
  kept.keeper.beginRun(name, 1, bounds)
  for (const stream of ['out', 'err']) write(dir, name, '', stream)
}
const index = (name: string): string => join(dir, `${name}.index`)

test('silent programs do not wake the daemon, and their first line does', async () => {
  const names = Array.from({ length: 30 }, (_, i) => `p${i}`)
  names.forEach(startSilent)
  await clock.advance(3000)
  const before = wakes
  await clock.advance(60_000)
  expect(wakes).toBe(before)
  const lines: string[] = []
  const follower = kept.keeper.scan('p7', 'out', (line) => lines.push(line))
  write(dir, 'p7', 'at last\n')
  await until('the line is told', async () => {
    await clock.advance(100)
    return lines.length > 0
  })
  follower.close()
  expect(lines).toEqual(['at last'])
})

test('a program that talks is swept until it has been quiet for 10 s', async () => {
  startSilent('a')
  write(dir, 'a', 'hello\n')
  await clock.advance(5000)
  const before = wakes
  await clock.advance(3000)
  expect(wakes).toBeGreaterThan(before)
  // Two sweeps on, for the last times to reach the disk.
  await clock.advance(14_000)
  const quiet = wakes
  await clock.advance(60_000)
  expect(wakes).toBe(quiet)
})

test('the index of a log is made with its first line, and knows the start of the run', async () => {
  startSilent('a')
  await clock.advance(30_000)
  expect(existsSync(index('a'))).toBe(false)
  write(dir, 'a', 'at last\n')
  await until('the index is there', async () => {
    await clock.advance(1000)
    return existsSync(index('a'))
  })
  expect(JSON.parse(readFileSync(index('a'), 'utf8').split('\n')[0]!)).toMatchObject({ run: 1, out: 0, err: 0 })
})

test('a daemon that ends in order leaves the runs of silent programs behind', async () => {
  startSilent('a')
  await clock.advance(30_000)
  await kept.keeper.close()
  expect(JSON.parse(readFileSync(index('a'), 'utf8'))).toMatchObject({ run: 1, out: 0, err: 0 })
})

test('the helper that packs an archive ends with it', async () => {
  startSilent('a')
  write(dir, 'a', 'x'.repeat(99_999))
  await until('it is packed', async () => {
    await clock.advance(1000)
    return existsSync(join(dir, 'a.out.log.1.gz')) && !existsSync(join(dir, 'a.out.log.1'))
  })
  await until('no helper is left', () => !helpersAlive(dir))
})
