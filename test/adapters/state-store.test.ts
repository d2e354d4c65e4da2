import { existsSync, readFileSync, statSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { realFileSystem } from '../../src/adapters/state/file-system.ts'
import { noSettings } from '../../src/protocol/settings.ts'
import { until } from '../support/until.ts'
import { BOOT, type StateKit, stateKit } from './support/state-store.ts'

let kit: StateKit
beforeEach(() => {
  kit = stateKit()
})
afterEach(() => kit.end())

const saved = () => JSON.parse(kit.text())

test('a home without a state is empty, and nothing is written until something changes', async () => {
  const store = kit.open()
  expect(await store.load()).toEqual({
    records: [],
    settings: noSettings(),
    bootId: null,
    notes: [],
    damage: [],
    quarantined: [],
  })
  await store.flush()
  await store.close()
  expect(kit.entries()).toEqual([])
})

test('what was flushed is what the next daemon loads', async () => {
  const store = kit.open()
  await store.load()
  kit.set('a1', { metadata: { text: 'ünïcödé \u2028 "quoted"' } })
  kit.set('b2')
  store.put('a1')
  store.put('b2')
  await store.flush()
  expect(saved()).toMatchObject({ version: 1, bootId: BOOT, settings: { limits: { global: null }, policies: {}, hooks: [] } })
  expect(statSync(kit.file).mode & 0o777).toBe(0o600)
  const loaded = await kit.open().load()
  expect(loaded).toMatchObject({ bootId: BOOT, notes: [], quarantined: [] })
  expect(loaded.records).toEqual([...kit.records.values()])
  expect(store.health()).toEqual({ error: null, sinceMs: null, bytes: statSync(kit.file).size, writes: 1 })
})

test('a change that nobody waits for is saved by itself, and many of them at once', async () => {
  const store = kit.open()
  await store.load()
  kit.set('a1')
  for (let i = 0; i < 100; i++) store.put('a1')
  await until(() => store.health().writes === 1, 'the changes are saved')
  expect(Object.keys(saved().processes)).toEqual(['a1'])
  expect(kit.reads).toEqual(['a1'])
})

test('a burst of waiters shares writes; each gets an answer only when its own change is on disk', async () => {
  const store = kit.open()
  await store.load()
  const flushed = Array.from({ length: 200 }, async (_, i) => {
    await new Promise((resolve) => setTimeout(resolve, i % 20))
    kit.set(`id${i}`)
    store.put(`id${i}`)
    await store.flush()
    // In the state, or when that has grown at the end of its journal.
    const journal = kit.file.replace(/json$/, 'journal')
    expect(kit.text() + (existsSync(journal) ? readFileSync(journal, 'utf8') : '')).toContain(`"id${i}"`)
  })
  await Promise.all(flushed)
  expect(store.health().writes).toBeLessThan(100)
})

test('a removed process is gone, from loaded ones too', async () => {
  const first = kit.open()
  await first.load()
  for (const id of ['a1', 'b2', 'c3']) {
    kit.set(id)
    first.put(id)
  }
  await first.close()
  const store = kit.open()
  await store.load()
  store.remove('a1')
  kit.records.delete('c3')
  store.put('c3')
  await store.flush()
  expect(Object.keys(saved().processes)).toEqual(['b2'])
})

test('one generation back is kept beside the present one', async () => {
  const store = kit.open()
  await store.load()
  for (const sinceMs of [1, 2, 3]) {
    kit.set('a1', { sinceMs })
    store.put('a1')
    await store.flush()
  }
  expect(saved().processes.a1.tracked.sinceMs).toBe(3)
  expect(JSON.parse(readFileSync(`${kit.file}.prev`, 'utf8')).processes.a1.tracked.sinceMs).toBe(2)
  expect(kit.entries()).toEqual(['process-state.json', 'process-state.json.prev'])
})

test('what changes during a write is not taken for saved by it', async () => {
  // Holds the first write at its rename, until a second change has come.
  let reached = (): void => undefined
  let go = (): void => undefined
  const atRename = new Promise<void>((resolve) => {
    reached = resolve
  })
  const released = new Promise<void>((resolve) => {
    go = resolve
  })
  const rename = async (from: string, to: string): Promise<void> => {
    reached()
    await released
    await realFileSystem.rename(from, to)
  }
  const store = kit.open({ fs: { ...realFileSystem, rename } })
  await store.load()
  kit.set('a1')
  store.put('a1')
  const first = store.flush()
  await atRename
  kit.set('b2')
  store.put('b2')
  go()
  await first
  expect(Object.keys(saved().processes)).toEqual(['a1'])
  await store.flush()
  expect(Object.keys(saved().processes)).toEqual(['a1', 'b2'])
})

test('the text is on disk before its name is, and the name before anybody is told', async () => {
  const calls: string[] = []
  const store = kit.open({
    fs: {
      ...realFileSystem,
      open: async (path, flags, mode) => {
        const file = await realFileSystem.open(path, flags, mode)
        const what = flags === 'r' ? 'directory' : 'file'
        const write = (bytes: Uint8Array) => {
          calls.push('write')
          return file.write(bytes)
        }
        const sync = () => {
          calls.push(`sync ${what}`)
          return file.sync()
        }
        return { write, sync, close: () => file.close() }
      },
      rename: (from, to) => {
        if (to === kit.file) calls.push('rename')
        return realFileSystem.rename(from, to)
      },
    },
  })
  await store.load()
  kit.set('a1')
  store.put('a1')
  await store.flush()
  expect(calls).toEqual(['write', 'sync file', 'rename', 'sync directory'])
})

test('close saves what nobody waited for', async () => {
  const store = kit.open()
  await store.load()
  kit.set('a1')
  store.put('a1')
  await store.close()
  expect(saved().processes.a1).toBeDefined()
})

test('a file system without hard links gets a copy instead', async () => {
  const refuse = async () => {
    throw Object.assign(new Error('EPERM'), { code: 'EPERM', errno: -1, syscall: 'link' })
  }
  const store = kit.open({ fs: { ...realFileSystem, link: refuse } })
  await store.load()
  for (const sinceMs of [1, 2]) {
    kit.set('a1', { sinceMs })
    store.put('a1')
    await store.flush()
  }
  expect(JSON.parse(readFileSync(`${kit.file}.prev`, 'utf8')).processes.a1.tracked.sinceMs).toBe(1)
})

test('with 10,000 processes one change makes one text anew, and the loop goes on turning', async () => {
  const store = kit.open()
  await store.load()
  for (let i = 0; i < 10_000; i++) {
    kit.set(`id${i}`)
    store.put(`id${i}`)
  }
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  await store.flush()
  const whole = delay.max / 1e6
  expect(kit.reads).toHaveLength(10_000)
  kit.reads.length = 0
  delay.reset()
  for (let sinceMs = 1; sinceMs <= 5; sinceMs++) {
    kit.set('id5000', { sinceMs })
    store.put('id5000')
    await store.flush()
  }
  delay.disable()
  expect(kit.reads).toEqual(Array(5).fill('id5000'))
  expect(Object.keys(saved().processes)).toHaveLength(10_000)
  const size = (store.health().bytes ?? 0) / 1e6
  console.log(
    `10,000 records, ${size.toFixed(1)} MB: loop held up at most ${whole.toFixed(1)} ms for all, ${(delay.max / 1e6).toFixed(1)} ms for one`,
  )
})
