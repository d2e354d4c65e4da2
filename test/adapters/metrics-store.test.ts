import { execFileSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { createMetricsStore, METRICS_FILE } from '../../src/adapters/metrics-store.ts'
import { RING_BYTES, RING_LEVELS, slotOffset } from '../../src/core/metrics-ring.ts'
import type { DaemonLog } from '../../src/core/world.ts'
import type { MetricsStore } from '../../src/core/world-metrics.ts'
import { asRoot, testNeeding } from '../support/requires.ts'

const made: string[] = []
const mounted: string[] = []
const opened: MetricsStore[] = []
afterEach(async () => {
  // A file that is only forgotten is an error of newer Nodes.
  for (const store of opened.splice(0)) await store.close()
  for (const dir of mounted.splice(0)) execFileSync('umount', ['-l', dir])
  for (const dir of made.splice(0)) rmSync(dir, { recursive: true, force: true })
})

function kit() {
  const dir = mkdtempSync(join(tmpdir(), 'ptrack-metrics-'))
  made.push(dir)
  const said: string[] = []
  const say = (_: string, message: string): void => void said.push(message)
  const log: DaemonLog = { debug: say, info: say, warn: say, error: say }
  const open = (): MetricsStore => {
    const store = createMetricsStore({ dir, log })
    opened.push(store)
    return store
  }
  return { dir, file: join(dir, METRICS_FILE), said, open }
}
const sample = (series: number, cpuPercent = 1) => ({ series, cpuPercent, memoryBytes: 1024 })

test('what is written is there for the next daemon, each ring by itself, until it is written over', async () => {
  const { open, file } = kit()
  const store = open()
  await store.write(0, 1000, [sample(1, 5), sample(2)])
  await store.write(1, 1000, [sample(3)])
  await store.close()
  const again = open()
  expect(await again.read(0, 990, 1010)).toEqual(new Map([[1000, [sample(1, 5), sample(2)]]]))
  expect(await again.read(1, 1000, 1000)).toEqual(new Map([[1000, [sample(3)]]]))
  const { slots } = RING_LEVELS[0]
  await again.write(0, 1000 + slots, [sample(9)])
  expect(await again.read(0, 1000, 1000 + slots)).toEqual(new Map([[1000 + slots, [sample(9)]]]))
  // However much is written, the file does not grow, and what is not written takes no room.
  for (let slot = 0; slot < slots; slot += 7) await again.write(0, slot, [sample(1)])
  await again.write(2, 167, [sample(1)])
  expect(statSync(file).size).toBeLessThanOrEqual(RING_BYTES)
  expect(statSync(file).blocks * 512).toBeLessThan(RING_BYTES / 10)
  await again.close()
})

test('a file that is not ours is kept aside, and measurements begin anew, which is reported once', async () => {
  const { dir, file, said, open } = kit()
  writeFileSync(file, 'something else\n')
  const store = open()
  await store.write(0, 1, [sample(1)])
  await store.write(0, 2, [sample(1)])
  expect([...(await store.read(0, 1, 2)).keys()]).toEqual([1, 2])
  expect(said).toEqual([expect.stringContaining('measurements: they begin anew')])
  expect(readFileSync(join(dir, `${METRICS_FILE}.corrupt`), 'utf8')).toBe('something else\n')
  await store.close()
})

test('damage in one slot costs that slot', async () => {
  const { file, open } = kit()
  const store = open()
  for (const slot of [1, 2, 3]) await store.write(0, slot, [sample(slot)])
  await store.close()
  const bytes = readFileSync(file)
  bytes[slotOffset(0, 2) + 20]! ^= 0xff
  writeFileSync(file, bytes)
  expect([...(await open().read(0, 0, 5)).keys()]).toEqual([1, 3])
})

test('a directory in its place is reported once, and harms nobody', async () => {
  const { file, said, open } = kit()
  mkdirSync(file)
  const store = open()
  for (const slot of [1, 2, 3]) await store.write(0, slot, [sample(1)])
  expect(await store.read(0, 1, 3)).toEqual(new Map())
  expect(said).toHaveLength(1)
  rmSync(file, { recursive: true })
  await store.write(0, 4, [sample(1)])
  expect([...(await store.read(0, 1, 9)).keys()]).toEqual([4])
  expect(said).toHaveLength(2)
})

testNeeding(
  asRoot,
  'mount',
  'umount',
)('a full disk costs measurements, is reported once, and they are kept again when there is room', async () => {
  const { dir, said, open } = kit()
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k,mode=0700', 'tmpfs', dir])
  mounted.push(dir)
  const store = open()
  await store.write(0, 1, [sample(1)])
  const filler = join(dir, 'filler')
  const { bavail, bsize } = statfsSync(dir)
  expect(() => writeFileSync(filler, Buffer.alloc((bavail + 10) * bsize))).toThrow('ENOSPC')
  for (const slot of [2, 3, 4]) await store.write(0, slot, [sample(1)])
  expect(said).toEqual([expect.stringMatching(/^cannot write measurements: no space left on device; free space/)])
  expect([...(await store.read(0, 1, 9)).keys()]).toEqual([1])
  unlinkSync(filler)
  await store.write(0, 5, [sample(1)])
  expect([...(await store.read(0, 1, 9)).keys()]).toEqual([1, 5])
  expect(said.slice(1)).toEqual(['measurements are kept again'])
  expect(readdirSync(dir)).toEqual([METRICS_FILE])
  await store.close()
})
