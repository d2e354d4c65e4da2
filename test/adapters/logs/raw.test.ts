/** A stream as bytes, by logical offset: over archives and the live file, and bounded by runs. */
import { afterEach, expect, test } from 'vitest'
import { discard, type Kept, keeperIn, scratch, until, write } from '../support/logs.ts'

const BOUNDS = { maxBytes: 64 * 1024, keep: 100 }

let kept: Kept | null = null
afterEach(async () => {
  await kept?.keeper.close()
  if (kept) discard(kept.dir)
  kept = null
})

const begin = (): Kept => {
  kept = keeperIn(scratch())
  return kept
}

/** Reads on until the end, at most `max` bytes at a time. */
async function all({ keeper }: Kept, place: { run?: number; from?: number }, max: number): Promise<Buffer> {
  const pieces: Buffer[] = []
  let from = place.from
  for (;;) {
    const got = await keeper.readBytes('job', 'out', { ...place, from }, max)
    expect(got.data.length).toBeLessThanOrEqual(max)
    pieces.push(got.data)
    from = got.from + got.data.length
    if (got.atEnd) return Buffer.concat(pieces)
  }
}

test('each run from its first byte to the first of the next one, in pieces of any size', async () => {
  const its = begin()
  for (const run of [1, 2, 3]) {
    its.keeper.beginRun('job', run, BOUNDS)
    write(its.dir, 'job', `run ${run} \xff\r`.repeat(run))
    its.keeper.endRun('job')
  }
  for (const run of [1, 2, 3]) {
    const expected = `run ${run} \xff\r`.repeat(run)
    expect((await all(its, { run }, 3)).toString()).toBe(expected)
    expect((await all(its, { run }, 1000)).toString()).toBe(expected)
  }
  expect((await all(its, {}, 1000)).toString()).toBe([1, 2, 3].map((run) => `run ${run} \xff\r`.repeat(run)).join(''))
})

test('of two lives of a name the later one counts', async () => {
  const its = begin()
  for (const life of ['first', 'second']) {
    its.keeper.beginRun('job', 1, BOUNDS)
    write(its.dir, 'job', life)
    its.keeper.endRun('job')
  }
  expect((await all(its, { run: 1 }, 1000)).toString()).toBe('second')
})

test('what rotation dropped before it was read is counted; what was emptied on request is not', async () => {
  const its = begin()
  its.keeper.beginRun('job', 1, { maxBytes: 64 * 1024, keep: 0 })
  write(its.dir, 'job', Buffer.alloc(300_000, 1))
  await until('its head is dropped', async () => (await its.keeper.readBytes('job', 'out', { run: 1 }, 10)).lost > 0)
  const got = await its.keeper.readBytes('job', 'out', { from: 1000 }, 1_000_000)
  expect(got.lost).toBe(got.from - 1000)
  expect(got.from + got.data.length).toBe(300_000)
  await its.keeper.flush('job')
  write(its.dir, 'job', 'after')
  expect(await its.keeper.readBytes('job', 'out', { from: 1000 }, 100)).toEqual({
    from: 300_000,
    data: Buffer.from('after'),
    lost: 0,
    atEnd: true,
  })
})

test('a listener hears of what is written after its offset, and of what was already', async () => {
  const its = begin()
  its.keeper.beginRun('job', 1, BOUNDS)
  write(its.dir, 'job', 'some')
  let heard = 0
  const early = its.keeper.whenBeyond('job', 'out', 0, () => heard++)
  await until('what stands there is told', () => heard > 0)
  early.close()
  heard = 0
  const late = its.keeper.whenBeyond('job', 'out', 4, () => heard++)
  write(its.dir, 'job', 'more')
  await until('growth is told', () => heard > 0)
  late.close()
})
