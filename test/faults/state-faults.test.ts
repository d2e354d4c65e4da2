/** Every call that saving and loading are made of fails once, at its first, second, third ... use. */
import { readFileSync, writeFileSync } from 'node:fs'
import { afterEach, expect, test } from 'vitest'
import { type FileSystem, type OpenFile, realFileSystem } from '../../src/adapters/state/file-system.ts'
import { type StateKit, stateKit } from '../adapters/support/state-store.ts'
import { until } from '../support/until.ts'

const kits: StateKit[] = []
afterEach(() => {
  for (const kit of kits.splice(0)) kit.end()
})

const ERRNO = { ENOSPC: -28, EIO: -5, EROFS: -30, EDQUOT: -122 } as const
type Code = keyof typeof ERRNO

/** The real file system, whose call number `at` (and the ones after it, while `lasting`) fails. */
function failing(at: number, code: Code) {
  const faults = { calls: 0, hit: false, lasting: false }
  const pass = async <T>(syscall: string, call: () => Promise<T>): Promise<T> => {
    faults.calls++
    if (faults.calls === at || (faults.lasting && faults.calls > at)) {
      faults.hit = true
      throw Object.assign(new Error(`${code}: ${syscall}`), { code, errno: ERRNO[code], syscall })
    }
    return call()
  }
  const wrap = (file: OpenFile): OpenFile => ({
    write: (bytes) => pass('write', () => file.write(bytes)),
    sync: () => pass('fsync', () => file.sync()),
    // The real one is closed all the same, as the kernel does when close reports an error.
    close: async () => {
      await file.close()
      await pass('close', async () => undefined)
    },
  })
  const real = realFileSystem
  const fs: FileSystem = {
    open: async (path, flags, mode) => wrap(await pass('open', () => real.open(path, flags, mode))),
    link: (from, to) => pass('link', () => real.link(from, to)),
    copyFile: (from, to) => pass('copyfile', () => real.copyFile(from, to)),
    rename: (from, to) => pass('rename', () => real.rename(from, to)),
    unlink: (path) => pass('unlink', () => real.unlink(path)),
    readFile: (path) => pass('read', () => real.readFile(path)),
  }
  return { fs, faults }
}

/** What a daemon after a crash right now would find. */
async function seenByNext(kit: StateKit): Promise<number> {
  const next = await kit.open().load()
  expect(next.notes).toEqual([])
  return next.records[0]?.tracked.sinceMs ?? 0
}

/** Loads and saves three times over a faulty disk; after each step nothing acknowledged may be missing. Gives whether the fault was reached. */
async function live(kit: StateKit, at: number, code: Code): Promise<boolean> {
  const { fs, faults } = failing(at, code)
  let store = kit.open({ fs })
  try {
    await store.load()
  } catch (error) {
    // The daemon does not start over what it cannot read, and says so.
    expect(error).toMatchObject({ code: 'FAILED', message: expect.stringContaining('cannot read the saved state') })
    store = kit.open({ fs })
    await store.load()
  }
  let acknowledged = await seenByNext(kit)
  for (let step = 0; step < 3; step++) {
    const sinceMs = acknowledged + 1
    kit.set('a1', { sinceMs })
    store.put('a1')
    try {
      await store.flush()
      acknowledged = sinceMs
    } catch (error) {
      expect(error).toMatchObject({ code: 'STATE_WRITE_FAILED' })
      expect(store.health().error).toContain('cannot save the state')
    }
    expect(await seenByNext(kit)).toBeGreaterThanOrEqual(acknowledged)
    acknowledged = Math.max(acknowledged, await seenByNext(kit))
  }
  await store.close()
  expect(store.health().error).toBeNull()
  expect(await seenByNext(kit)).toBe(JSON.parse(kit.text()).processes.a1.tracked.sinceMs)
  expect(kit.entries().filter((name) => name.endsWith('.tmp'))).toEqual([])
  return faults.hit
}

for (const code of Object.keys(ERRNO) as Code[]) {
  test(`${code} at every call: nothing acknowledged is lost, and the next save works`, async () => {
    const kit = stateKit()
    kits.push(kit)
    let at = 1
    while (await live(kit, at, code)) at++
    expect(at).toBeGreaterThan(25)
  })
}

test('a disk that stays broken: who waits is told, health changes once, and it recovers by itself', async () => {
  const kit = stateKit()
  kits.push(kit)
  const { fs, faults } = failing(4, 'ENOSPC')
  faults.lasting = true
  // Retries are timed by the clock; here an hour passes in no time.
  const timers: (() => void)[] = []
  const delays: number[] = []
  const clock = {
    mono: () => 0,
    wall: () => 1000,
    wakeAfter: (ms: number, callback: () => void) => {
      delays.push(ms)
      timers.push(callback)
      return () => void timers.splice(timers.indexOf(callback), 1)
    },
  }
  const store = kit.open({ fs, clock })
  const told: (string | null)[] = []
  store.onHealthChange((error) => told.push(error))
  await store.load()
  kit.set('a1', { sinceMs: 7 })
  store.put('a1')
  const failed = {
    code: 'STATE_WRITE_FAILED',
    message: 'cannot save the state: no space left on device',
    hint: expect.stringContaining('free space'),
  }
  await expect(store.flush()).rejects.toMatchObject(failed)
  await expect(store.flush()).rejects.toMatchObject(failed)
  for (let i = 0; i < 7; i++) {
    const next = await until(() => timers[0], 'the next try is due')
    timers.length = 0
    next()
  }
  await until(() => timers.length === 1, 'the last try is over')
  expect(delays.filter((ms) => ms >= 1000)).toEqual(expect.arrayContaining([1000, 2000, 4000, 8000, 16_000, 30_000]))
  expect(Math.max(...delays)).toBe(30_000)
  expect(told).toEqual(['cannot save the state: no space left on device'])
  expect(store.health()).toMatchObject({ sinceMs: 1000, writes: 0 })
  faults.lasting = false
  timers[0]?.()
  await until(() => store.health().error === null, 'the state is saved again')
  expect(told).toEqual(['cannot save the state: no space left on device', null])
  expect(await seenByNext(kit)).toBe(7)
})

test('an unreadable state on a disk that takes nothing is kept before the first write that it takes', async () => {
  const kit = stateKit()
  kits.push(kit)
  const first = kit.open()
  await first.load()
  for (const sinceMs of [1, 2]) {
    kit.set('a1', { sinceMs })
    first.put('a1')
    await first.flush()
  }
  writeFileSync(kit.file, 'broken')
  // Two reads pass, everything after them fails.
  const { fs, faults } = failing(3, 'EROFS')
  faults.lasting = true
  const store = kit.open({ fs })
  const loaded = await store.load()
  expect(loaded.records[0]?.tracked.sinceMs).toBe(1)
  kit.set('a1', { sinceMs: 3 })
  store.put('a1')
  await expect(store.flush()).rejects.toMatchObject({ message: 'cannot save the state: read-only file system' })
  expect(kit.text()).toBe('broken')
  faults.lasting = false
  await store.flush()
  expect(loaded.quarantined.map((name) => readFileSync(name, 'utf8'))).toEqual(['broken'])
  expect(await seenByNext(kit)).toBe(3)
  await store.close()
})
