/** kill -9 at any moment of a save: the state always loads, and holds what was acknowledged or something newer. */
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { stateKit } from '../adapters/support/state-store.ts'

const work = mkdtempSync(join(tmpdir(), 'ptrack-kill-'))
const driver = join(work, 'driver.mjs')
beforeAll(async () => {
  const entry = join(import.meta.dirname, 'support/state-driver.ts')
  await build({ entryPoints: [entry], outfile: driver, bundle: true, platform: 'node', format: 'esm', logLevel: 'error' })
})
afterAll(() => rmSync(work, { recursive: true, force: true }))

/** Resolves when a file is being written beside the state. */
async function whileWriting(dir: string, isOver: () => boolean): Promise<void> {
  while (!isOver() && !readdirSync(dir).some((name) => name.endsWith('.tmp'))) await setImmediate()
}

/** Starts the driver, kills it at a moment after its first acknowledgement, and gives the last one. */
async function killedAfter(
  dir: string,
  first: number,
  filler: number,
  moment: (isOver: () => boolean) => Promise<void>,
): Promise<number> {
  const child = spawn(process.execPath, [driver, dir, String(first), String(filler)], { stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  let err = ''
  child.stderr.on('data', (data) => {
    err += data
  })
  child.stdout.on('data', (data) => {
    if (out === '') void moment(() => child.exitCode !== null).then(() => child.kill('SIGKILL'))
    out += data
  })
  const signal = await new Promise((resolve) => child.on('close', (_, by) => resolve(by)))
  expect({ signal, err }).toEqual({ signal: 'SIGKILL', err: '' })
  return Number(out.trimEnd().split('\n').at(-1))
}

test.each([
  // Hit in the middle of a write.
  ['whole states', 400_000, 8],
  // A line each time, and a whole state after every few; hit at any moment.
  ['a journal', 5000, 20],
])('daemons in a row that write %s, each killed in the middle of its saving', async (what, filler, rounds) => {
  const kit = stateKit(mkdtempSync(join(work, 'home-')))
  let first = 1
  let halfWritten = 0
  let journals = 0
  for (let round = 0; round < rounds; round++) {
    const acknowledged = await killedAfter(kit.dir, first, filler, (isOver) =>
      what === 'whole states' ? whileWriting(kit.dir, isOver) : setTimeout(Math.random() * 60),
    )
    JSON.parse(readFileSync(kit.file, 'utf8'))
    if (kit.entries().some((name) => name.endsWith('.tmp'))) halfWritten++
    if (kit.entries().includes('process-state.journal')) journals++
    const store = kit.open()
    const loaded = await store.load()
    await store.close()
    expect(loaded.notes).toEqual([])
    expect(loaded.records.map((one) => one.id).sort()).toEqual(['a', 'b', 'base', 'c', 'd'])
    const numbers = new Set(loaded.records.filter((one) => one.id !== 'base').map((one) => one.tracked.sinceMs))
    expect(numbers.size).toBe(1)
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(acknowledged)
    expect(Math.max(...numbers)).toBeLessThanOrEqual(acknowledged + 1)
    first = acknowledged + 2
  }
  if (what === 'whole states') expect(halfWritten).toBeGreaterThan(0)
  console.log(`of ${rounds}, ${halfWritten} were killed with a half-written file beside the state, ${journals} with a journal`)
})
