/** Marked lines of a log, found by their offsets: each once, whatever rotation and restarts do. */
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { PrefixFinder } from '../../../src/adapters/logs/scan-from.ts'
import type { LogScan, ScanPage } from '../../../src/core/world-logs.ts'
import { runs } from '../../support/effort.ts'
import { discard, type Kept, keeperIn, scratch, until, write } from '../support/logs.ts'

const MARK = '::ptrack '

describe('finding marks in bytes that come in pieces', () => {
  const line = fc.oneof(
    { weight: 3, arbitrary: fc.string({ maxLength: 30 }).map((text) => `${MARK}${text.replaceAll(/[\r\n]/g, '')}`) },
    fc.string({ maxLength: 30 }).map((text) => text.replaceAll(/[\r\n]/g, '')),
    fc.constantFrom(
      '',
      '::ptrack',
      '::ptrack  ',
      ` ${MARK}indented`,
      `x${MARK}behind`,
      '::ptrac',
      `${MARK}grüße 漢字`,
      '::',
      `::${MARK}`,
    ),
  )

  test('the same lines and offsets, wherever the pieces are cut', () => {
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 20 }),
        fc.array(fc.nat(400), { maxLength: 12 }),
        fc.boolean(),
        fc.nat(1000),
        (lines, cuts, open, base) => {
          const bytes = Buffer.from(lines.join('\n') + (open ? '' : '\n'))
          const expected: [string, number][] = []
          let offset = base
          for (const [n, text] of lines.entries()) {
            offset += Buffer.byteLength(text) + (open && n === lines.length - 1 ? 0 : 1)
            if (text.startsWith(MARK)) expected.push([text, offset])
          }
          const finder = new PrefixFinder(MARK, base)
          const found: [string, number][] = []
          const take = (text: string, next: number): void => void found.push([text, next])
          let at = 0
          for (const cut of [...cuts.filter((each) => each < bytes.length).sort((a, b) => a - b), bytes.length]) {
            finder.push(bytes.subarray(at, cut), take)
            at = cut
            expect(finder.lineStart).toBeLessThanOrEqual(finder.position)
          }
          finder.end(take)
          expect(found).toEqual(expected)
        },
      ),
      { numRuns: runs(500) },
    )
  })

  test('a line without an end holds no memory, and one that is too long is left out', () => {
    const finder = new PrefixFinder(MARK, 0)
    const found: string[] = []
    const take = (text: string): void => void found.push(text)
    finder.push(Buffer.from('ordinary '), take)
    expect(finder.pending).toBe(false)
    finder.push(Buffer.from(`\n${MARK}`), take)
    expect(finder.pending).toBe(true)
    for (let n = 0; n < 100; n++) finder.push(Buffer.alloc(65_536, 0x78), take)
    expect(finder.pending).toBe(false)
    finder.push(Buffer.from(`\n${MARK}short\r\n${MARK}${'y'.repeat(300_000)}\n${MARK}last\n`), take)
    expect(found).toEqual([`${MARK}short`, `${MARK}last`])
  })
})

let dir: string
const kept: Kept[] = []
const scans: LogScan[] = []
beforeEach(() => {
  dir = scratch()
})
afterEach(async () => {
  for (const scan of scans.splice(0)) scan.close()
  await Promise.all(kept.splice(0).map(({ keeper }) => keeper.close()))
  discard(dir)
})

const keeper = (options: Parameters<typeof keeperIn>[1] = {}): Kept => {
  const made = keeperIn(dir, options)
  kept.push(made)
  return made
}

interface Taken {
  scan: LogScan
  texts: string[]
  /** As a tracker would save it. */
  place: { scanned: number }
  lost: { bytes: number }
}

function scanning(
  { keeper: logs }: Kept,
  from: number | { run: number },
  onPage?: (page: ScanPage) => Promise<void> | void,
): Taken {
  const texts: string[] = []
  const place = { scanned: typeof from === 'number' ? from : 0 }
  const lost = { bytes: 0 }
  const scan = logs.scanFrom('job', 'out', from, MARK, async (page) => {
    await onPage?.(page)
    texts.push(...page.lines.map(({ text }) => text.slice(MARK.length)))
    place.scanned = page.scanned
    lost.bytes += page.lost
  })
  scans.push(scan)
  return { scan, texts, place, lost }
}

const bounds = { maxBytes: 10 << 20, keep: 5 }

test('a run is scanned from its first byte, not from what another life of its name wrote', async () => {
  write(dir, 'job', `${MARK}of an earlier life\n`)
  const made = keeper()
  made.keeper.beginRun('job', 1, bounds)
  write(dir, 'job', `${MARK}1\nplain\n${MARK}2\n`)
  const { scan, texts } = scanning(made, { run: 1 })
  expect(scan.behind()).toBe(true)
  await scan.drain()
  expect(texts).toEqual(['1', '2'])
  expect(scan.behind()).toBe(false)
})

test('what is written later is told, and a line without its end only at the end', async () => {
  const made = keeper()
  made.keeper.beginRun('job', 1, bounds)
  const { scan, texts, place } = scanning(made, { run: 1 })
  scan.follow()
  write(dir, 'job', `${MARK}1\n${MARK}2`)
  await until('the first line is told', () => texts.length === 1)
  expect(place.scanned).toBe(MARK.length + 2)
  expect(scan.behind()).toBe(true)
  await scan.drain()
  expect(texts).toEqual(['1', '2'])
  write(dir, 'job', `\n${MARK}3\n`)
  await until('what comes later is told too', () => texts.length === 3)
})

test('a page that is not taken is offered again before anything else', async () => {
  const made = keeper()
  made.keeper.beginRun('job', 1, bounds)
  write(dir, 'job', `${MARK}1\n${MARK}2\n`)
  let refusals = 0
  const { scan, texts } = scanning(made, { run: 1 }, () => {
    if (refusals++ === 0) throw new Error('the disk is full')
  })
  await scan.drain()
  expect({ texts, refusals }).toEqual({ texts: ['1', '2'], refusals: 2 })
  expect(made.log.told).toContainEqual(expect.stringContaining('the disk is full'))
})

test('over rotations and restarts of the keeper each line comes once and in order, also with no archives kept', async () => {
  for (const keep of [5, 0]) {
    const name = 'job'
    let made = keeper()
    made.keeper.beginRun(name, 1, { maxBytes: 64 * 1024, keep })
    let taken = scanning(made, { run: 1 })
    taken.scan.follow()
    const seen: string[] = []
    let written = 0
    for (let round = 0; round < 12; round++) {
      const lines: string[] = []
      for (let n = 0; n < 900; n++)
        lines.push(n % 3 === 0 ? `${MARK}${written++}` : `ordinary line with some length ${n} ${'x'.repeat(60)}`)
      write(dir, name, `${lines.join('\n')}\n`)
      await until('the lines of this round are told', () => seen.length + taken.texts.length >= written)
      // Every third time: another daemon, which knows no more than what was saved.
      if (round % 3 !== 2) continue
      seen.push(...taken.texts)
      taken.scan.close()
      await made.keeper.close()
      made = keeper()
      await made.keeper.recover()
      made.keeper.adopt(name, 1, { maxBytes: 64 * 1024, keep })
      taken = scanning(made, taken.place.scanned)
      taken.scan.follow()
    }
    await taken.scan.drain()
    seen.push(...taken.texts)
    expect(seen).toEqual(Array.from({ length: written }, (_, n) => String(n)))
    expect(taken.lost.bytes).toBe(0)
    if (keep > 0)
      await until('it was rotated', () => existsSync(join(dir, 'job.out.log.1.gz')) || existsSync(join(dir, 'job.out.log.1')))
    taken.scan.close()
    await made.keeper.remove(name)
  }
})

test('a log is not rotated away under a scan that waits', async () => {
  const made = keeper()
  made.keeper.beginRun('job', 1, { maxBytes: 64 * 1024, keep: 0 })
  let release: () => void = () => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  const { scan, texts, lost } = scanning(made, { run: 1 }, () => held)
  scan.follow()
  for (let n = 0; n < 40; n++) {
    write(dir, 'job', `${MARK}${n}\n${'x'.repeat(5000)}\n`)
    made.keeper.endOf('job', 'out')
  }
  release()
  await until('all is told', () => texts.length === 40)
  expect(lost.bytes).toBe(0)
  await until('what was scanned is rotated away', () => statSync(join(dir, 'job.out.log')).size < 64 * 1024)
})
