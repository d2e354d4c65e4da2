/** Killed before, in the middle of and after every call that the journal is made of, and each call failing once. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type FileSystem, type OpenFile, realFileSystem } from '../../src/adapters/state/file-system.ts'
import { type StateKit, stateKit, stoppedClock } from '../adapters/support/state-store.ts'

// Faults are made here, not by a disk: thousands of real fsyncs would only take time.
const MEMORY = '/dev/shm'
const work = mkdtempSync(join(existsSync(MEMORY) ? MEMORY : tmpdir(), 'ptrack-journal-'))
afterAll(() => rmSync(work, { recursive: true, force: true }))

const BIG = 'x'.repeat(100_000)
/** Begins with the third step; at the fourth the journal is outgrown. */
const LAST = 6

/** Changes that only make sense together: a process gives its name to the next one. */
function change(kit: StateKit, store: ReturnType<StateKit['open']>, step: number): void {
  kit.set('a1', { sinceMs: step, metadata: step === 4 ? { filler: BIG.repeat(3) } : {} })
  kit.set(`n${step}`, { sinceMs: step, name: 'heir' })
  kit.records.delete(`n${step - 1}`)
  store.put('a1')
  store.remove(`n${step - 1}`)
  store.put(`n${step}`)
}

const template = join(work, 'template')
beforeAll(async () => {
  // What a killed daemon left: a state and a journal of one group.
  mkdirSync(template)
  const kit = stateKit(template)
  const store = kit.open({ clock: stoppedClock() })
  await store.load()
  kit.set('big', { sinceMs: 0, metadata: { filler: BIG } })
  store.put('big')
  for (const step of [1, 2]) {
    change(kit, store, step)
    await store.flush()
  }
  expect(kit.entries()).toEqual(['process-state.journal', 'process-state.json'])
})

/** A copy of what was left, with the records in memory that a daemon has after loading it. */
function next(name: string): StateKit {
  const dir = join(work, name)
  rmSync(dir, { recursive: true, force: true })
  cpSync(template, dir, { recursive: true })
  const kit = stateKit(dir)
  kit.set('big', { sinceMs: 0, metadata: { filler: BIG } })
  kit.set('a1', { sinceMs: 2 })
  kit.set('n2', { sinceMs: 2, name: 'heir' })
  return kit
}

/** The step that a daemon would find after a crash right now; a group of changes is there whole or not at all. */
async function foundStep(kit: StateKit): Promise<number> {
  const copy = join(work, 'copy')
  rmSync(copy, { recursive: true, force: true })
  cpSync(kit.dir, copy, { recursive: true })
  const loaded = await stateKit(copy).open({ clock: stoppedClock() }).load()
  expect({ notes: loaded.notes, quarantined: loaded.quarantined }).toEqual({ notes: [], quarantined: [] })
  const steps = Object.fromEntries(loaded.records.map((record) => [record.id, record.tracked.sinceMs]))
  const step = steps.a1 ?? 0
  expect(steps).toEqual({ big: 0, a1: step, [`n${step}`]: step })
  return step
}

/** The real file system with something else in place of call number `at`. */
function faultyAt(at: number, fault: (syscall: string, call: (part: number) => Promise<unknown>) => Promise<never>) {
  let calls = 0
  const files = new Set<OpenFile>()
  const pass = async <T>(syscall: string, call: (part: number) => Promise<T>): Promise<T> => {
    calls++
    return calls === at ? fault(syscall, call) : call(1)
  }
  const real = realFileSystem
  const opened = async (path: string, flags: string, mode?: number): Promise<OpenFile> => {
    const file = await real.open(path, flags, mode)
    files.add(file)
    return file
  }
  const release = async (file: OpenFile): Promise<void> => {
    files.delete(file)
    await file.close()
  }
  const wrap = (file: OpenFile): OpenFile => ({
    write: (bytes) => pass('write', (part) => file.write(bytes.subarray(0, Math.ceil(bytes.length * part)))),
    sync: () => pass('fsync', () => file.sync()),
    close: () => pass('close', () => release(file)),
  })
  const fs: FileSystem = {
    open: async (path, flags, mode) => wrap(await pass('open', () => opened(path, flags, mode))),
    link: (from, to) => pass('link', () => real.link(from, to)),
    copyFile: (from, to) => pass('copyfile', () => real.copyFile(from, to)),
    rename: (from, to) => pass('rename', () => real.rename(from, to)),
    unlink: (path) => pass('unlink', () => real.unlink(path)),
    readFile: (path) => pass('read', () => real.readFile(path)),
  }
  /** What the kernel does with the open files of a killed process. */
  const end = async (): Promise<void> => {
    for (const file of files) await release(file)
  }
  return { fs, end }
}

const MOMENTS = { before: 0, 'in the middle of': 0.5, after: 1 } as const

test.each(Object.entries(MOMENTS))('killed %s any call: what was acknowledged is there, once and whole', async (_, part) => {
  let at = 1
  for (let over = false; !over; at++) {
    const kit = next('killed')
    let killed = (): void => undefined
    const kill = new Promise<'killed'>((resolve) => {
      killed = () => resolve('killed')
    })
    const { fs, end } = faultyAt(at, async (syscall, call) => {
      // Only a write can be half done.
      if (part === 1 || (part > 0 && syscall === 'write')) await call(part).catch(() => undefined)
      killed()
      return new Promise(() => undefined)
    })
    const store = kit.open({ fs, clock: stoppedClock() })
    let [acknowledged, step] = [2, 2]
    const life = async (): Promise<'closed'> => {
      await store.load()
      for (step = 3; step <= LAST; step++) {
        change(kit, store, step)
        await store.flush()
        acknowledged = step
      }
      await store.close()
      return 'closed'
    }
    over = (await Promise.race([life(), kill])) === 'closed'
    await end()
    const found = await foundStep(kit)
    expect([acknowledged, Math.min(step, LAST)]).toContain(found)
    if (over) expect(kit.entries()).toEqual(['process-state.json', 'process-state.json.prev'])
  }
  expect(at).toBeGreaterThan(50)
})

test.each([
  ['ENOSPC', -28, 0.5],
  ['EIO', -5, 1],
  ['EROFS', -30, 0],
])('%s at any call: nothing acknowledged is lost, before the next save and after it', async (code, errno, part) => {
  let at = 1
  for (let over = false; !over; at++) {
    const kit = next('failed')
    let hit = false
    const { fs, end } = faultyAt(at, async (syscall, call) => {
      hit = true
      if (syscall === 'close' || (syscall === 'write' && part > 0) || part === 1) await call(part).catch(() => undefined)
      throw Object.assign(new Error(`${code}: ${syscall}`), { code, errno, syscall })
    })
    let store = kit.open({ fs, clock: stoppedClock() })
    try {
      await store.load()
    } catch (error) {
      expect(error).toMatchObject({ code: 'FAILED', message: expect.stringContaining('cannot read the saved state') })
      store = kit.open({ fs, clock: stoppedClock() })
      await store.load()
    }
    let acknowledged = 2
    for (let step = 3; step <= LAST; step++) {
      change(kit, store, step)
      await store.flush().then(
        () => {
          acknowledged = step
        },
        (error: unknown) => expect(error).toMatchObject({ code: 'STATE_WRITE_FAILED' }),
      )
      const found = await foundStep(kit)
      expect(found === acknowledged || found === step, `step ${found} after ${acknowledged} of ${step}`).toBe(true)
    }
    await store.close().catch((error: unknown) => expect(error).toMatchObject({ code: 'STATE_WRITE_FAILED' }))
    expect(await foundStep(kit)).toBeGreaterThanOrEqual(acknowledged)
    await end()
    over = !hit
  }
  expect(at).toBeGreaterThan(50)
})
