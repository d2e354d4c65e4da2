/** Large logs are read by a process of its own; what it reads is what the daemon would have read. */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { createLogKeeper, type LogKeeperOptions } from '../../../src/adapters/logs/log-keeper.ts'
import { LITTLE_BYTES } from '../../../src/adapters/logs/weight.ts'
import { EncodedPage } from '../../../src/core/encoded-page.ts'
import type { LogReadQuery } from '../../../src/core/world-logs.ts'
import type { LogPage } from '../../../src/protocol/requests.ts'
import { VERSION } from '../../../src/protocol/version.ts'
import { root } from '../../support/bundle.ts'
import {
  allPacked,
  countNumbered,
  discard,
  type Kept,
  keeperIn,
  numbered,
  realClock,
  recordingLog,
  scratch,
  until,
  write,
} from '../support/logs.ts'

let built: string
let script: string
beforeAll(async () => {
  built = scratch()
  // Of the same build as the keeper in this process.
  script = join(built, 'reader.cjs')
  const entryPoints = [join(root, 'src/ptrack-reader.ts')]
  const define = { PTRACK_VERSION: JSON.stringify(VERSION) }
  await build({ entryPoints, outfile: script, bundle: true, platform: 'node', format: 'cjs', define, logLevel: 'error' })
})
afterAll(() => discard(built))

const bounds = { maxBytes: 512 * 1024, keep: 50 }
let dir: string
let kept: Kept
let options: LogKeeperOptions
beforeEach(() => {
  dir = scratch()
  const log = recordingLog()
  options = { dir, clock: realClock, log, freezeTree: () => null, readerScript: script }
  kept = { dir, log, keeper: createLogKeeper(options) }
})
afterEach(async () => {
  await kept.keeper.close()
  discard(dir)
})

/** Pages from a query on; each is checked to come from outside, when it must. */
async function pages(query: LogReadQuery, between: (page: LogPage) => void = () => {}): Promise<LogPage[]> {
  const got = [await kept.keeper.read(query)]
  while (got.at(-1)!.more) {
    between(got.at(-1)!)
    got.push(await kept.keeper.read({ names: [], stream: 'both', cursor: got.at(-1)!.cursor }))
  }
  return got
}
const linesOf = (all: readonly LogPage[]): string[] => all.flatMap(({ lines }) => lines.map(({ text }) => text))

/** Processes that this one has started and that read logs. */
const readers = (): number[] =>
  readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .map(Number)
    .filter((pid) => {
      try {
        const [, , , , ppid] = /^(\d+) \((.*)\) (\S) (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'latin1')) ?? []
        return Number(ppid) === process.pid && readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(script)
      } catch {
        return false
      }
    })

async function rotated(): Promise<void> {
  const { keeper } = kept
  const { outFile } = keeper.beginRun('a', 1, bounds)
  for (let i = 0; i < 4; i++) {
    write(dir, 'a', numbered(i * 15_000, (i + 1) * 15_000))
    await until('rotation', () => statSync(outFile).size < bounds.maxBytes)
  }
  await until('packed', () => allPacked(dir))
  write(dir, 'a', numbered(60_000, 66_000))
}

test('a large one is read outside, a small one is not; both say the same, line for line and place for place', async () => {
  await rotated()
  const { keeper } = kept
  const queries: LogReadQuery[] = [
    { names: ['a'], stream: 'both', sinceMs: 0 },
    { names: ['a'], stream: 'both', tail: 50_000 },
    { names: ['a'], stream: 'out', run: 1 },
    { names: ['a'], stream: 'both', tail: 12, grep: '^(7|61)77 ' },
  ]
  for (const query of queries) {
    options.littleBytes = Number.POSITIVE_INFINITY
    const here = await keeper.read(query)
    options.littleBytes = LITTLE_BYTES
    const there = await keeper.read(query)
    expect(there).toBeInstanceOf(EncodedPage)
    expect(here).not.toBeInstanceOf(EncodedPage)
    const { lines, ...rest } = here
    expect({ cursor: there.cursor, before: there.before, more: there.more, notices: there.notices }).toEqual(rest)
    // As text: to compare ten thousand objects takes seconds.
    expect(
      there.lines.map((line) => JSON.stringify(line)).join('\n') === lines.map((line) => JSON.stringify(line)).join('\n'),
    ).toBe(true)
  }
  expect(countNumbered(linesOf(await pages(queries[0]!)).join('\n'))).toBe(66_000)
  const last = linesOf(await pages(queries[1]!)).map(Number.parseFloat)
  expect(last.join()).toBe(Array.from({ length: 50_000 }, (_, i) => 16_000 + i).join())
  expect(await kept.keeper.read({ names: ['a'], stream: 'both' })).not.toBeInstanceOf(EncodedPage)
  expect(kept.log.told.filter((line) => line.startsWith('warn'))).toEqual([])
})

test('while it is written and rotated, no line is lost or doubled', async () => {
  const { keeper } = kept
  keeper.beginRun('a', 1, bounds)
  write(dir, 'a', numbered(0, 6000))
  const archives = (): number => readdirSync(dir).filter((file) => /\.out\.log\.\d+(\.gz)?$/.test(file)).length
  let next = 6000
  const all = await pages({ names: ['a'], stream: 'both', sinceMs: 0 }, () => {
    // Faster than it is read, for a while: archives are made, numbered and compressed between any two looks at them.
    if (next >= 120_000) return
    write(dir, 'a', numbered(next, next + 8000))
    next += 8000
  })
  expect(archives()).toBeGreaterThan(3)
  expect(countNumbered(linesOf(all).join('\n'))).toBe(next)
})

test('a log that began anew under its name is not mixed with what was open of the earlier one', async () => {
  const { keeper } = kept
  keeper.beginRun('a', 1, bounds)
  write(dir, 'a', 'old line\n'.repeat(100_000))
  expect((await keeper.read({ names: ['a'], stream: 'out', sinceMs: 0 })).lines[0]!.text).toBe('old line')
  keeper.endRun('a')
  await keeper.remove('a')
  keeper.beginRun('a', 1, bounds)
  write(dir, 'a', 'new line\n'.repeat(100_000))
  const all = linesOf(await pages({ names: ['a'], stream: 'out', sinceMs: 0 }))
  expect(new Set(all)).toEqual(new Set(['new line']))
  expect(all).toHaveLength(100_000)
})

test('secrets are masked there, and errors are the same', async () => {
  await rotated()
  write(dir, 'a', 'password=hunter22\n')
  write(dir, 'a', numbered(0, 8000))
  const page = await kept.keeper.read({ names: ['a'], stream: 'both', tail: 8001 })
  expect(page).toBeInstanceOf(EncodedPage)
  expect(page.lines[0]!.text).toBe('password=***')
  await expect(kept.keeper.read({ names: ['a'], stream: 'both', grep: '(' })).rejects.toMatchObject({ code: 'USAGE' })
})

test('a client that hangs up ends the reading; without work the process ends', async () => {
  await rotated()
  const gone = new AbortController()
  const reading = kept.keeper.read({ names: ['a'], stream: 'both', sinceMs: 0 }, gone.signal)
  expect(readers()).not.toEqual([])
  gone.abort()
  await expect(reading).rejects.toMatchObject({ code: 'FAILED' })
  await until('it has ended', () => readers().length === 0)
})

test('one that is killed is said to be lost, and the next reading has another', async () => {
  await rotated()
  await kept.keeper.read({ names: ['a'], stream: 'both', sinceMs: 0 })
  await until('there is one', () => readers().length === 1)
  const [pid] = readers()
  process.kill(pid!, 'SIGSTOP')
  const reading = kept.keeper.read({ names: ['a'], stream: 'both', tail: 50_000 })
  process.kill(pid!, 'SIGKILL')
  await expect(reading).rejects.toMatchObject({ code: 'FAILED', message: expect.stringMatching(/ended by SIGKILL/) })
  expect((await kept.keeper.read({ names: ['a'], stream: 'both', sinceMs: 0 })).lines[0]!.text).toMatch(/^0 /)
})

test('where there is no such program, or another release’s, the daemon reads by itself', async () => {
  await rotated()
  const other = join(dir, 'other.cjs')
  writeFileSync(
    other,
    "const t = JSON.stringify({ kind: 'hello', build: 'other' }), h = Buffer.alloc(8); h.writeUInt32LE(t.length); process.stdout.write(Buffer.concat([h, Buffer.from(t)])); process.stdin.resume()",
  )
  for (const readerScript of [join(dir, 'none.cjs'), other]) {
    const { keeper } = keeperIn(dir, { readerScript })
    const page = await keeper.read({ names: ['a'], stream: 'both', sinceMs: 0 })
    expect(page).not.toBeInstanceOf(EncodedPage)
    expect(page.lines[0]!.text).toMatch(/^0 /)
    await keeper.close()
  }
})
