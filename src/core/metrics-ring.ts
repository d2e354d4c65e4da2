/**
 * The arithmetic of the file of measurements: fixed slots, each a moment of all processes, in three rings of different length.
 * A slot says which moment it is, so a stale one is not taken for a fresh one, and has a checksum, so a torn one is none.
 */

export interface MetricSample {
  /** The number of the process, never reused in its home; MACHINE is the machine. */
  series: number
  /** 100 = one processor; of the machine 100 = all of them. */
  cpuPercent: number | null
  memoryBytes: number | null
}

export interface RingLevel {
  slotMs: number
  slots: number
}

export const MACHINE = 0xffff_ffff

/** The finest first; each slot is a whole number of those before it. */
export const RING_LEVELS = [
  { slotMs: 15_000, slots: 240 },
  { slotMs: 300_000, slots: 288 },
  { slotMs: 3_600_000, slots: 168 },
] as const satisfies readonly RingLevel[]

export const HEADER_BYTES = 4096
const SLOT_HEAD_BYTES = 16
const SAMPLE_BYTES = 12
/** Six blocks of a disk. What is not written of a slot takes no room on it: up to 340 samples are one block. */
export const SLOT_BYTES = 6 * 4096
/** Samples in a slot, that of the machine included. */
export const SLOT_SAMPLES = Math.floor((SLOT_BYTES - SLOT_HEAD_BYTES) / SAMPLE_BYTES)

const MAGIC = 'ptrack metrics 1\n'

export const RING_BYTES = HEADER_BYTES + SLOT_BYTES * RING_LEVELS.reduce((sum, { slots }) => sum + slots, 0)

/** Counted from 1970. */
export const slotAt = (level: number, atMs: number): number => Math.floor(atMs / RING_LEVELS[level]!.slotMs)

/** Where in the file the slot of this number is; another one is there before and after it. */
export function slotOffset(level: number, slot: number): number {
  let before = 0
  for (const { slots } of RING_LEVELS.slice(0, level)) before += slots
  const { slots } = RING_LEVELS[level]!
  return HEADER_BYTES + (before + (((slot % slots) + slots) % slots)) * SLOT_BYTES
}

/** The slots of the level below that this one sums up: first and last. */
export function partsOf(level: number, slot: number): [first: number, last: number] {
  const parts = RING_LEVELS[level]!.slotMs / RING_LEVELS[level - 1]!.slotMs
  return [slot * parts, (slot + 1) * parts - 1]
}

export function encodeHeader(): Uint8Array {
  const header = new Uint8Array(HEADER_BYTES)
  header.set(new TextEncoder().encode(MAGIC))
  return header
}

export const isHeader = (bytes: Uint8Array): boolean =>
  bytes.length === HEADER_BYTES && new TextDecoder().decode(bytes.subarray(0, MAGIC.length)) === MAGIC

/** Beyond SLOT_SAMPLES those with the least are left out. */
export function encodeSlot(slot: number, samples: readonly MetricSample[]): Uint8Array {
  const kept = samples.length <= SLOT_SAMPLES ? samples : largest(samples)
  const bytes = new Uint8Array(SLOT_HEAD_BYTES + kept.length * SAMPLE_BYTES)
  const view = new DataView(bytes.buffer)
  view.setUint32(4, slot, true)
  view.setUint32(8, kept.length, true)
  kept.forEach(({ series, cpuPercent, memoryBytes }, index) => {
    const at = SLOT_HEAD_BYTES + index * SAMPLE_BYTES
    view.setUint32(at, series, true)
    view.setFloat32(at + 4, cpuPercent ?? Number.NaN, true)
    view.setFloat32(at + 8, memoryBytes ?? Number.NaN, true)
  })
  view.setUint32(0, checksum(view), true)
  return bytes
}

/** `bytes`: from the start of the slot, as much as there is of it. Null if it is of another moment, or torn. */
export function decodeSlot(slot: number, bytes: Uint8Array): MetricSample[] | null {
  if (bytes.length < SLOT_HEAD_BYTES) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const count = view.getUint32(8, true)
  const length = SLOT_HEAD_BYTES + count * SAMPLE_BYTES
  if (view.getUint32(4, true) !== slot || count > SLOT_SAMPLES || length > bytes.length) return null
  if (view.getUint32(0, true) !== checksum(new DataView(bytes.buffer, bytes.byteOffset, length))) return null
  return Array.from({ length: count }, (_, index) => {
    const at = SLOT_HEAD_BYTES + index * SAMPLE_BYTES
    return {
      series: view.getUint32(at, true),
      cpuPercent: known(view.getFloat32(at + 4, true)),
      memoryBytes: known(view.getFloat32(at + 8, true)),
    }
  })
}

const known = (value: number): number | null => (Number.isNaN(value) ? null : value)

/** Slots as one: the mean of the processor, and the most of the memory. */
export function summedUp(parts: readonly (readonly MetricSample[])[]): MetricSample[] {
  const sum = new MetricSum()
  for (const part of parts) sum.add(part)
  return sum.samples()
}

export class MetricSum {
  private readonly of = new Map<number, { cpu: number; cpus: number; memory: number | null }>()

  get isEmpty(): boolean {
    return this.of.size === 0
  }

  add(samples: readonly MetricSample[]): void {
    for (const { series, cpuPercent, memoryBytes } of samples) {
      const known = this.of.get(series) ?? { cpu: 0, cpus: 0, memory: null }
      this.of.set(series, known)
      if (cpuPercent !== null) {
        known.cpu += cpuPercent
        known.cpus++
      }
      if (memoryBytes !== null) known.memory = Math.max(known.memory ?? 0, memoryBytes)
    }
  }

  samples(): MetricSample[] {
    return [...this.of].map(([series, { cpu, cpus, memory }]) => ({
      series,
      cpuPercent: cpus === 0 ? null : cpu / cpus,
      memoryBytes: memory,
    }))
  }
}

/** The machine first; then by processor, then by memory. */
const largest = (samples: readonly MetricSample[]): MetricSample[] =>
  samples
    .toSorted(
      (a, b) =>
        Number(b.series === MACHINE) - Number(a.series === MACHINE) ||
        (b.cpuPercent ?? 0) - (a.cpuPercent ?? 0) ||
        (b.memoryBytes ?? 0) - (a.memoryBytes ?? 0),
    )
    .slice(0, SLOT_SAMPLES)

/** FNV-1a by words, of all but itself: any one word that differs changes it. */
function checksum(view: DataView): number {
  let hash = 0x811c9dc5
  for (let at = 4; at + 4 <= view.byteLength; at += 4) hash = Math.imul(hash ^ view.getUint32(at, true), 0x01000193)
  return hash >>> 0
}
