import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { LogKeeperOptions } from '../../src/adapters/logs/log-keeper.ts'
import {
  allPacked,
  countNumbered,
  discard,
  ended,
  type Kept,
  keeperIn,
  mountTmpfs,
  numbered,
  scratch,
  startWriter,
  until,
  wholeText,
  write,
} from '../adapters/support/logs.ts'
import { type Ability, asRoot, skipFor } from '../support/requires.ts'

const mounts: Ability = { ...asRoot, name: 'root (to mount a small disk)' }

let dir: string
let unmount: (() => void) | null = null
let kept: Kept | null = null
const mounted = (size: string, options: Partial<LogKeeperOptions> = {}): Kept | null => {
  unmount = mountTmpfs(dir, size)
  kept = unmount ? keeperIn(dir, options) : null
  return kept
}
beforeEach(() => {
  dir = scratch()
})
afterEach(async () => {
  await kept?.keeper.close()
  unmount?.()
  unmount = null
  kept = null
  discard(dir)
})

test('where files cannot be collapsed, the writer is stopped for a moment and nothing is lost', async (context) => {
  let pid = 0
  let freezes = 0
  const freezeTree = (): (() => void) | null => {
    if (pid === 0) return null
    freezes++
    execFileSync('kill', ['-STOP', String(pid)])
    return () => void execFileSync('kill', ['-CONT', String(pid)])
  }
  const got = mounted('256m', { freezeTree })
  if (!got) return skipFor(context, mounts)
  const { outFile } = got.keeper.beginRun('a', 1, { maxBytes: 65_536, keep: 1000 })
  const writer = startWriter(outFile, 120_000, 40, 1)
  pid = writer.pid!
  await ended(writer)
  pid = 0
  await until('the end is rotated and packed', () => statSync(outFile).size < 65_536 && allPacked(dir))
  expect(got.keeper.rotation()).toBe('freeze')
  expect(freezes).toBeGreaterThan(0)
  expect(countNumbered(wholeText(dir, 'a'))).toBe(120_000)
})

test.each(['copied', 'frozen', 'truncate', 'truncated', 'committed'])(
  'stopped dead at %s, the next keeper finishes and thaws',
  async (fatal) => {
    class Death extends Error {}
    let found: Map<string, Buffer> | null = null
    const got = mounted('64m', {
      onStep: (step) => {
        // The files as they stand at this moment are what the next daemon finds.
        if (step === fatal) found ??= new Map(readdirSync(dir).map((file) => [file, readFileSync(join(dir, file))]))
        if (found) throw new Death(step)
      },
    })
    if (!got) return
    got.keeper.beginRun('a', 1, { maxBytes: 65_536, keep: 3 })
    write(dir, 'a', numbered(0, 3000))
    await until(fatal, () => found !== null)
    await got.keeper.close()
    for (const file of readdirSync(dir)) rmSync(join(dir, file))
    for (const [file, bytes] of found!) writeFileSync(join(dir, file), bytes)
    let thawed = 0
    const next = keeperIn(dir, { freezeTree: () => () => void thawed++ })
    kept = next
    await next.keeper.recover()
    write(dir, 'a', numbered(3000, 3100))
    next.keeper.adopt('a', 1, { maxBytes: 1024 ** 3, keep: 3 })
    expect(countNumbered(wholeText(dir, 'a'))).toBe(3100)
    expect(thawed).toBe(fatal === 'committed' ? 0 : 1)
  },
)

test('a full disk: rotation fails, is told once, loses nothing, and succeeds when there is room', async (context) => {
  const got = mounted('1m', { retryMs: 200 })
  if (!got) return skipFor(context, mounts)
  const { keeper, log } = got
  const { outFile } = keeper.beginRun('a', 1, { maxBytes: 65_536, keep: 3 })
  writeFileSync(join(dir, 'ballast'), Buffer.alloc(700 * 1024))
  write(dir, 'a', numbered(0, 5000))
  await until('two failed tries', () => log.told.filter((line) => line.includes('cannot rotate')).length >= 2)
  expect(log.told.filter((line) => line.startsWith('error') && line.includes('cannot rotate'))).toHaveLength(1)
  expect(countNumbered(wholeText(dir, 'a'))).toBe(5000)
  expect((await keeper.tail('a', 1, 'out'))[0]?.text).toMatch(/^4999 /)
  rmSync(join(dir, 'ballast'))
  await until('rotation', () => statSync(outFile).size < 65_536)
  await until('packed', () => readdirSync(dir).includes('a.out.log.1.gz'))
  expect(countNumbered(wholeText(dir, 'a'))).toBe(5000)
})
