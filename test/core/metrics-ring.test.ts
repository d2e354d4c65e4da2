/** The slots of the file of measurements, whatever the time and whatever is in them. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  decodeSlot,
  encodeHeader,
  encodeSlot,
  HEADER_BYTES,
  isHeader,
  MACHINE,
  MetricSum,
  partsOf,
  RING_BYTES,
  RING_LEVELS,
  SLOT_BYTES,
  SLOT_SAMPLES,
  slotAt,
  slotOffset,
  summedUp,
} from '../../src/core/metrics-ring.ts'
import { runs } from '../support/effort.ts'

const level = fc.constantFrom(0, 1, 2)
const time = fc.integer({ min: 1_700_000_000_000, max: 2_500_000_000_000 })
const value = fc.option(fc.double({ min: 0, max: 1e12, noNaN: true }).map(Math.fround))
const sample = fc.record({ series: fc.nat(0xffff_fffe), cpuPercent: value, memoryBytes: value })

test('a slot lies in the file, meets no other of a ring that is as new, and never the header', () => {
  fc.assert(
    fc.property(level, time, fc.nat(400), (of, atMs, later) => {
      const slot = slotAt(of, atMs)
      const offset = slotOffset(of, slot)
      expect(offset).toBeGreaterThanOrEqual(HEADER_BYTES)
      expect(offset + SLOT_BYTES).toBeLessThanOrEqual(RING_BYTES)
      expect((offset - HEADER_BYTES) % SLOT_BYTES).toBe(0)
      const { slots } = RING_LEVELS[of]!
      expect(slotOffset(of, slot + later) === offset).toBe(later % slots === 0)
      for (const other of [0, 1, 2]) if (other !== of) expect(slotOffset(other, slotAt(other, atMs))).not.toBe(offset)
    }),
    { numRuns: runs(500) },
  )
})

test('the parts of a slot are those that lie in its time, each in one only', () => {
  fc.assert(
    fc.property(fc.constantFrom(1, 2), time, (of, atMs) => {
      const [first, last] = partsOf(of, slotAt(of, atMs))
      const below = slotAt(of - 1, atMs)
      expect(first).toBeLessThanOrEqual(below)
      expect(last).toBeGreaterThanOrEqual(below)
      expect(partsOf(of, slotAt(of, atMs) + 1)[0]).toBe(last + 1)
      // They are all still there when it is summed up.
      expect(last - first + 1).toBeLessThanOrEqual(RING_LEVELS[of - 1]!.slots)
    }),
    { numRuns: runs(300) },
  )
})

test('what is written is read, and not as another moment', () => {
  fc.assert(
    fc.property(fc.nat(2 ** 31), fc.uniqueArray(sample, { maxLength: 40, selector: ({ series }) => series }), (slot, samples) => {
      const bytes = encodeSlot(slot, samples)
      expect(decodeSlot(slot, bytes)).toEqual(samples)
      const longer = new Uint8Array(SLOT_BYTES)
      longer.set(bytes)
      expect(decodeSlot(slot, longer)).toEqual(samples)
      expect(decodeSlot(slot + 1, bytes)).toBe(null)
    }),
    { numRuns: runs(200) },
  )
})

test('one that is torn or damaged in any place is none', () => {
  const samples = fc.uniqueArray(sample, { minLength: 1, maxLength: 5, selector: ({ series }) => series })
  fc.assert(
    fc.property(samples, fc.nat(), fc.integer({ min: 1, max: 255 }), (written, place, change) => {
      const bytes = encodeSlot(7, written)
      const damaged = bytes.slice()
      damaged[place % bytes.length]! ^= change
      expect(decodeSlot(7, damaged)).toBe(null)
      expect(decodeSlot(7, bytes.subarray(0, place % bytes.length))).toBe(null)
      // The beginning of one over the rest of an earlier one; what is left of that may be the same.
      const torn = encodeSlot(
        7 - RING_LEVELS[0].slots + 1000,
        written.map((one) => ({ ...one, series: one.series ^ 1 })),
      )
      torn.set(bytes.subarray(0, place % bytes.length))
      expect([null, written]).toContainEqual(decodeSlot(7, torn))
    }),
    { numRuns: runs(300) },
  )
})

test('of too many the machine and the busiest are kept', () => {
  const many = Array.from({ length: SLOT_SAMPLES + 500 }, (_, series) => ({ series, cpuPercent: series % 1000, memoryBytes: 1 }))
  const bytes = encodeSlot(1, [...many, { series: MACHINE, cpuPercent: 0, memoryBytes: 0 }])
  expect(bytes.length).toBeLessThanOrEqual(SLOT_BYTES)
  const kept = decodeSlot(1, bytes)!
  expect(kept).toHaveLength(SLOT_SAMPLES)
  expect(kept.some(({ series }) => series === MACHINE)).toBe(true)
  const lost = many.filter(({ series }) => !kept.some((one) => one.series === series))
  expect(Math.max(...lost.map(({ cpuPercent }) => cpuPercent))).toBeLessThanOrEqual(
    Math.min(...kept.filter(({ series }) => series !== MACHINE).map(({ cpuPercent }) => cpuPercent!)),
  )
})

test('a sum is the mean of the processor and the most of the memory, of those measured', () => {
  const at = (cpuPercent: number | null, memoryBytes: number | null, series = 1) => ({ series, cpuPercent, memoryBytes })
  expect(summedUp([[at(10, 5), at(1, 1, 2)], [at(null, null)], [at(20, 3)]])).toEqual([at(15, 5), at(1, 1, 2)])
  expect(summedUp([[at(null, null)]])).toEqual([at(null, null)])
  expect(new MetricSum().isEmpty).toBe(true)
})

test('a header is one, and nothing else', () => {
  expect(isHeader(encodeHeader())).toBe(true)
  expect(isHeader(new Uint8Array(HEADER_BYTES))).toBe(false)
  expect(isHeader(encodeHeader().subarray(1))).toBe(false)
})
