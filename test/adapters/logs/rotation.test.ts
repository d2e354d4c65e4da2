import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { LogLine } from '../../../src/protocol/view.ts'
import { load } from '../../support/effort.ts'
import {
  allPacked,
  countNumbered,
  discard,
  ended,
  type Kept,
  keeperIn,
  numbered,
  scratch,
  startWriter,
  until,
  wholeText,
  write,
} from '../support/logs.ts'

let dir: string
let kept: Kept
beforeEach(() => {
  dir = scratch()
  kept = keeperIn(dir)
})
afterEach(async () => {
  await kept.keeper.close()
  discard(dir)
})

test('under a running writer no line is lost or doubled, on disk and for a follower', async () => {
  const { outFile } = kept.keeper.beginRun('web:0', 1, { maxBytes: 1024 * 1024, keep: 100 })
  const seen: LogLine[] = []
  const first = await kept.keeper.read({ names: ['web:0'], stream: 'out', tail: 0 })
  const follower = kept.keeper.follow(first.cursor, (page) => seen.push(...page.lines))
  const count = load(600_000, 200_000)
  const writer = startWriter(outFile, count)
  await ended(writer)
  await until('everything followed', () => seen.length >= count)
  await until('the last archive is packed', () => allPacked(dir))
  follower.close()
  expect(readdirSync(dir).some((file) => file.endsWith('.1.gz'))).toBe(true)
  expect(countNumbered(wholeText(dir, 'web:0'))).toBe(count)
  expect(seen.length).toBe(count)
  seen.forEach((line, i) => {
    if (!line.text.startsWith(`${i} `)) throw new Error(`line ${i} told as ${line.text}`)
  })
  // And read from the beginning, page by page, through the archives.
  let page = await kept.keeper.read({ names: ['web:0'], stream: 'out', run: 1 })
  let n = 0
  for (;;) {
    for (const line of page.lines) if (!line.text.startsWith(`${n++} `)) throw new Error(`line ${n - 1} read as ${line.text}`)
    if (!page.more) break
    page = await kept.keeper.read({ names: [], stream: 'out', cursor: page.cursor })
  }
  expect(n).toBe(count)
})

test('archives beyond --log-keep go, and reads say how much', async () => {
  const { outFile } = kept.keeper.beginRun('a', 1, { maxBytes: 65_536, keep: 2 })
  for (let i = 0; i < 4; i++) {
    write(dir, 'a', numbered(i * 2000, (i + 1) * 2000))
    await until(`rotation ${i + 1}`, () => statSync(outFile).size < 65_536)
  }
  const archives = () =>
    readdirSync(dir)
      .filter((file) => /\.log\.\d/.test(file))
      .sort()
  await until('two archives, packed', () => archives().join() === 'a.out.log.1.gz,a.out.log.2.gz')
  const page = await kept.keeper.read({ names: ['a'], stream: 'out', run: 1 })
  expect(page.notices.join()).toMatch(/a out: \d+ kB before this point were rotated away/)
  expect(statSync(join(dir, 'a.out.log.1.gz')).mode & 0o777).toBe(0o600)
})

test('without archives wanted the head just goes', async () => {
  const { outFile } = kept.keeper.beginRun('a', 1, { maxBytes: 65_536, keep: 0 })
  write(dir, 'a', numbered(0, 3000))
  await until('rotation', () => statSync(outFile).size < 65_536)
  await until('no leftovers', () => readdirSync(dir).every((file) => ['a.out.log', 'a.out.log.meta', 'a.index'].includes(file)))
  const tail = await kept.keeper.tail('a', 3, 'both')
  expect(tail.map((line) => line.text.split(' ')[0])).toEqual(['2997', '2998', '2999'])
})

test('a cap over all archives drops the oldest of any stream', async () => {
  await kept.keeper.close()
  kept = keeperIn(dir, { totalCapBytes: 1000 })
  for (const name of ['a', 'b']) {
    const { outFile } = kept.keeper.beginRun(name, 1, { maxBytes: 65_536, keep: 5 })
    write(dir, name, numbered(0, 3000))
    await until('rotation', () => statSync(outFile).size < 65_536)
  }
  await until('a is gone', () => !readdirSync(dir).some((file) => file.startsWith('a.out.log.1')))
  expect(kept.log.told.join('\n')).toContain('dropped the oldest archive')
})
