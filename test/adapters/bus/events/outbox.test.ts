/** The outbox on disk: what is written is read once and in order, across deaths of either end, a torn line, and a full disk. */
import { appendFileSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { outboxDir, SEGMENT_BYTES } from '../../../../src/adapters/bus/events/outbox-files.ts'
import { OutboxReader } from '../../../../src/adapters/bus/events/outbox-reader.ts'
import { OutboxWriter } from '../../../../src/adapters/bus/events/outbox-writer.ts'
import { fleetLimits } from '../../../../src/protocol/fleet-limits.ts'

let home = ''
let dir = ''
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'ptrack-outbox-'))
  dir = outboxDir(home)
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

const line = (n: number, pad = ''): string => `${JSON.stringify({ n, at: `2026-01-01T00:00:0${n % 10}.000Z`, pad })}\n`
const segments = (): string[] => readdirSync(dir).filter((name) => name.endsWith('.jsonl'))

/** What is there, each published as soon as it is read. */
function taken(reader: OutboxReader, maxBytes = 4096): (number | string)[] {
  const all: (number | string)[] = []
  for (let lines = reader.next(maxBytes); lines !== null; lines = reader.next(maxBytes)) {
    expect(lines.bytes.length).toBeLessThanOrEqual(maxBytes)
    for (const text of lines.bytes.toString('utf8').trimEnd().split('\n')) {
      const row = JSON.parse(text) as { n?: number; gap?: string }
      all.push(row.gap ?? row.n!)
    }
    reader.published(lines.end)
  }
  return all
}

function begun(): OutboxReader {
  const reader = new OutboxReader(home)
  reader.begin(null)
  return reader
}

test('in order, once, also by the next reader and from the next writer', () => {
  const writer = new OutboxWriter(home)
  for (let n = 0; n < 100; n++) expect(writer.append(line(n))).toBeNull()
  const reader = begun()
  expect(taken(reader)).toEqual(Array.from({ length: 100 }, (_, n) => n))
  expect(taken(reader)).toEqual([])
  writer.append(line(100))
  // The daemon was killed: the next one goes on in the same file.
  new OutboxWriter(home).append(line(101))
  expect(taken(begun())).toEqual([100, 101])
  expect(segments()).toHaveLength(1)
  expect(statSync(dir).mode & 0o777).toBe(0o700)
  expect(statSync(join(dir, segments()[0]!)).mode & 0o777).toBe(0o600)
})

test('what was not said to be published is read again; the bus knows better where it ended', () => {
  const writer = new OutboxWriter(home)
  for (let n = 0; n < 3; n++) writer.append(line(n))
  const first = begun().next(4096)!
  expect(begun().next(4096)!.end).toEqual(first.end)
  writer.append(line(3))
  const told = new OutboxReader(home)
  told.begin(first.end)
  expect(taken(told)).toEqual([3])
  // Of a former outbox of this node, which its numbers say nothing of.
  writer.append(line(4))
  const other = new OutboxReader(home)
  other.begin({ outbox: 'another', segment: 99, offset: 0 })
  expect(taken(other)).toEqual([4])
})

test('a torn line costs itself alone', () => {
  const writer = new OutboxWriter(home)
  writer.append(line(0))
  appendFileSync(join(dir, segments()[0]!), '{"n":1,"pad":"cut off')
  const reader = begun()
  expect(taken(reader)).toEqual([0])
  new OutboxWriter(home).append(line(2))
  expect(taken(reader)).toEqual([2])
  expect(taken(begun())).toEqual([])
})

test('it is bounded: the oldest make room, which is said in their place', () => {
  const pad = 'x'.repeat(SEGMENT_BYTES / 4)
  const writer = new OutboxWriter(home)
  const most = (fleetLimits.outboxBytes / SEGMENT_BYTES) * 4
  const last = most + 40
  const reader = begun()
  writer.append(line(0))
  expect(taken(reader)).toEqual([0])
  reader.close()
  for (let n = 1; n <= last; n++) writer.append(line(n, pad))
  const bytes = segments().reduce((sum, name) => sum + statSync(join(dir, name)).size, 0)
  expect(bytes).toBeLessThanOrEqual(fleetLimits.outboxBytes + SEGMENT_BYTES)
  const { events } = begun().waiting()
  const [gap, ...rest] = taken(begun(), SEGMENT_BYTES)
  expect(gap).toBe('its outbox was full while the bus was away')
  expect(rest).toEqual(Array.from({ length: events }, (_, index) => last - events + 1 + index))
  expect(events).toBeGreaterThan(most - 8)
  expect(segments()).toHaveLength(1)
})

test('a reader in the middle of what makes room reads it to its end', () => {
  const writer = new OutboxWriter(home)
  const pad = 'x'.repeat(SEGMENT_BYTES / 2)
  for (let n = 0; n < 3; n++) writer.append(line(n, pad))
  expect(segments()).toHaveLength(2)
  const reader = begun()
  const most = line(0, pad).length + 1
  reader.published(reader.next(most)!.end)
  rmSync(join(dir, segments().find((name) => name.includes('.1.'))!))
  expect(taken(reader, most)).toEqual([1, 2])
})

test('one that is larger than a message is passed over, and said', () => {
  const writer = new OutboxWriter(home)
  writer.append(line(0))
  writer.append(line(1, 'x'.repeat(9000)))
  writer.append(line(2))
  expect(taken(begun(), 4096)).toEqual([0, `one event of ${line(1, 'x'.repeat(9000)).length} bytes`, 2])
})

test('how much waits, and since when', () => {
  const writer = new OutboxWriter(home)
  expect(begun().waiting()).toEqual({ events: 0, bytes: 0, oldest: null })
  for (let n = 0; n < 5; n++) writer.append(line(n))
  const reader = begun()
  reader.published(reader.next(line(0).length * 2)!.end)
  expect(reader.waiting()).toEqual({ events: 3, bytes: line(0).length * 3, oldest: '2026-01-01T00:00:02.000Z' })
})

test('a disk that refuses costs those events, and is said once it takes them again', async () => {
  writeFileSync(dir, 'in the way')
  const writer = new OutboxWriter(home)
  expect(writer.append(line(0))).toMatch(/file already exists|not a directory/)
  expect(writer.append(line(1))).not.toBeNull()
  rmSync(dir)
  // Not tried at each event while it refuses.
  const since = Date.now()
  while (writer.append(line(2)) !== null) await new Promise((resolve) => setTimeout(resolve, 20))
  expect(Date.now() - since).toBeGreaterThan(100)
  const [gap, ...rest] = taken(begun())
  expect(gap).toMatch(/^\d+ events, which the disk did not take: /)
  expect(rest).toEqual([2])
  expect(existsSync(join(dir, 'published.json'))).toBe(true)
})
