/** The byte stream over messages: whole or ended, whatever is lost, late or silent on the way. */
import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { KEEP_MS, SILENCE_MS, Tunnel } from '../../../src/adapters/bus/tunnel.ts'
import { fleetLimits } from '../../../src/protocol/fleet-limits.ts'
import { runs } from '../../support/effort.ts'
import { until } from '../../support/until.ts'

type Fate = 'arrives' | 'lost' | 'late'

/** Two ends, and between them messages whose fate a test decides. Time passes when it says so. */
function pair(fateOf: (to: 'left' | 'right', index: number) => Fate = () => 'arrives') {
  let nowMs = 0
  const ticking = new Set<() => void>()
  const released = { left: 0, right: 0 }
  const counts = { left: 0, right: 0 }
  let silent = false
  const make = (own: 'left' | 'right'): Tunnel => {
    const to = own === 'left' ? 'right' : 'left'
    let delayed: Buffer | null = null
    return new Tunnel({
      send: (frame) => {
        const copy = Buffer.from(frame)
        const fate = silent ? 'lost' : fateOf(to, counts[to]++)
        if (fate === 'lost') return
        setImmediate(() => {
          if (fate === 'late') {
            delayed = copy
            return
          }
          ends[to].receive(copy)
          if (delayed !== null) ends[to].receive(delayed)
          delayed = null
        })
      },
      release: () => {
        released[own]++
      },
      nowMs: () => nowMs,
      every: (_, callback) => {
        ticking.add(callback)
        return () => ticking.delete(callback)
      },
    })
  }
  const ends = { left: make('left'), right: make('right') }
  for (const end of [ends.left, ends.right]) end.on('error', () => {})
  return {
    ...ends,
    released,
    cut: () => {
      silent = true
    },
    pass: (ms: number): void => {
      for (let left = ms; left > 0; left -= KEEP_MS) {
        nowMs += Math.min(left, KEEP_MS)
        for (const tick of [...ticking]) tick()
      }
    },
  }
}

function reading(end: Tunnel) {
  const parts: Buffer[] = []
  const got = { bytes: () => Buffer.concat(parts), ended: false, error: null as Error | null, closed: false }
  end.on('data', (chunk: Buffer) => parts.push(chunk))
  end.on('end', () => {
    got.ended = true
  })
  end.on('error', (error) => {
    got.error = error
  })
  end.on('close', () => {
    got.closed = true
  })
  return got
}

test('a megabyte each way arrives whole, and both ends are over', async () => {
  const { left, right, released } = pair()
  const [there, back] = [randomBytes(1_000_000), randomBytes(700_000)]
  const [atRight, atLeft] = [reading(right), reading(left)]
  left.end(there)
  right.end(back)
  await until(() => atRight.closed && atLeft.closed, 'both are closed')
  expect(atRight.bytes().equals(there)).toBe(true)
  expect(atLeft.bytes().equals(back)).toBe(true)
  expect([atRight.error, atLeft.error, atRight.ended, atLeft.ended]).toEqual([null, null, true, true])
  expect(released).toEqual({ left: 1, right: 1 })
})

test('one direction may end before the other', async () => {
  const { left, right } = pair()
  const [atRight, atLeft] = [reading(right), reading(left)]
  left.end('question')
  await until(() => atRight.ended, 'the question has ended')
  right.end('answer')
  await until(() => atLeft.closed && atRight.closed, 'both are closed')
  expect(atLeft.bytes().toString()).toBe('answer')
})

test('a slow reader holds the writer back: no more than the window is on the way', async () => {
  const { left, right } = pair()
  let written = 0
  const bytes = randomBytes(16_384)
  const write = (): void => {
    while (left.write(bytes)) written += bytes.length
    written += bytes.length
  }
  left.on('drain', write)
  write()
  // It takes nothing: what was accepted stays bounded by the window and the streams' own buffers.
  for (let turns = 0; turns < 200; turns++) await new Promise((resolve) => setImmediate(resolve))
  const accepted = written
  expect(accepted).toBeLessThan(fleetLimits.tunnelWindowBytes + 256 * 1024)
  const got = reading(right)
  await until(() => got.bytes().length > 4 * fleetLimits.tunnelWindowBytes, 'it flows once it is read')
  expect(got.error).toBeNull()
  left.destroy()
})

test('silence ends it on both sides', async () => {
  const { left, right, cut, pass } = pair()
  const [atLeft, atRight] = [reading(left), reading(right)]
  left.write('x')
  await until(() => atRight.bytes().length === 1, 'it flows')
  pass(SILENCE_MS * 4)
  await new Promise((resolve) => setImmediate(resolve))
  cut()
  pass(SILENCE_MS + 2 * KEEP_MS)
  await until(() => atLeft.closed && atRight.closed, 'both are closed')
  expect([atLeft.error?.message, atRight.error?.message]).toEqual(['the other side is silent', 'the other side is silent'])
})

test('the reason of an end travels', async () => {
  const { left, right } = pair()
  const atRight = reading(right)
  reading(left)
  left.destroy(new Error('rights have ended'))
  await until(() => atRight.closed, 'the other is closed')
  expect(atRight.error?.message).toBe('rights have ended')
})

test.each([
  ['too short', Buffer.alloc(3)],
  ['taken more than was sent', Buffer.from([0x54, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9])],
  ['a chunk from the future', Buffer.concat([Buffer.from([0x44, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0]), Buffer.from('x')])],
  ['more than the window', Buffer.concat([Buffer.from([0x44, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), Buffer.alloc(300_000)])],
])('a message that is none of ours ends it: %s', async (_, frame) => {
  const { left } = pair()
  const got = reading(left)
  left.receive(frame)
  await until(() => got.closed, 'it is closed')
  expect(got.error).not.toBeNull()
})

test('whatever is lost or late, what is read is a beginning of what was written; all of it, or an error', async () => {
  const faults = fc.array(
    fc.record({
      to: fc.constantFrom('left' as const, 'right' as const),
      at: fc.integer({ min: 0, max: 60 }),
      fate: fc.constantFrom('lost' as const, 'late' as const),
    }),
    { maxLength: 3 },
  )
  const sizes = fc.array(fc.integer({ min: 1, max: 200_000 }), { minLength: 1, maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(faults, sizes, async (bad, writes) => {
      const { left, right, pass } = pair(
        (to, index) => bad.find((fault) => fault.to === to && fault.at === index)?.fate ?? 'arrives',
      )
      const all = Buffer.concat(writes.map((size) => randomBytes(size)))
      const [got, own] = [reading(right), reading(left)]
      let at = 0
      for (const size of writes) {
        left.write(all.subarray(at, at + size))
        at += size
      }
      left.end()
      right.end()
      // What was lost at the very end shows by the signs of life.
      await until(() => {
        pass(KEEP_MS)
        return got.closed && own.closed
      }, 'both are closed')
      const bytes = got.bytes()
      expect(bytes.equals(all.subarray(0, bytes.length))).toBe(true)
      if (got.ended) expect(bytes.length).toBe(all.length)
      else expect(got.error ?? own.error).not.toBeNull()
      if (bad.length === 0) expect(got.ended).toBe(true)
    }),
    { numRuns: runs(300) },
  )
})
