import { copyFileSync, readdirSync, readFileSync, renameSync, statSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type FileSystem, realFileSystem } from '../../src/adapters/state/file-system.ts'
import type { Clock } from '../../src/core/world.ts'
import { noSettings } from '../../src/protocol/settings.ts'
import { runs } from '../support/effort.ts'
import { until } from '../support/until.ts'
import { type StateKit, stateKit, stoppedClock } from './support/state-store.ts'

type Store = ReturnType<StateKit['open']>

let kit: StateKit
beforeEach(() => {
  kit = stateKit()
})
afterEach(() => kit.end())

const journal = () => join(kit.dir, 'process-state.journal')
const saved = () => JSON.parse(kit.text())
const lines = () => readFileSync(journal(), 'utf8').split('\n').slice(0, -1)

async function save(store: Store, id: string, changes?: Parameters<StateKit['set']>[1]): Promise<void> {
  kit.set(id, changes)
  store.put(id)
  await store.flush()
}

/** A daemon whose state is large enough for a journal, and in it `a1` of each of these times. */
async function journaled(...times: number[]): Promise<Store> {
  const store = kit.open({ clock: stoppedClock() })
  await store.load()
  await save(store, 'big', { metadata: { filler: 'x'.repeat(100_000) } })
  for (const sinceMs of times) await save(store, 'a1', { sinceMs })
  return store
}

/** What the next daemon loads after this one was killed. */
async function afterKill() {
  const { records, notes, quarantined, settings } = await kit.open({ clock: stoppedClock() }).load()
  const a1 = records.find((record) => record.id === 'a1')?.tracked.sinceMs ?? null
  return { records, a1, notes: notes.join('\n'), quarantined, settings }
}

const kept = (as: string) => readdirSync(kit.dir).filter((name) => name.includes(`.${as}-`))

test('a change of a large state is a line in the journal, and the state itself stays as it is', async () => {
  const store = await journaled()
  const before = kit.text()
  await save(store, 'a1', { sinceMs: 1 })
  await save(store, 'a1', { sinceMs: 2, metadata: { text: 'ünïcödé \u2028\n"quoted"' } })
  store.remove('big')
  store.putSettings({ ...noSettings(), limits: { global: 3, owners: {}, types: {} } })
  await store.flush()
  expect(kit.text()).toBe(before)
  expect(lines()).toHaveLength(4)
  expect(JSON.parse(lines()[0]!)).toEqual({ journal: saved().journal.id })
  expect(statSync(journal()).mode & 0o777).toBe(0o600)
  expect(store.health()).toMatchObject({ error: null, writes: 4, bytes: statSync(kit.file).size })
  const next = await afterKill()
  expect(next).toMatchObject({ notes: '', settings: { limits: { global: 3 } } })
  expect(next.records).toEqual([kit.records.get('a1')])
})

test('the number of a process that has come and gone is never given again, in the state or in its journal', async () => {
  const store = await journaled()
  const number = store.takeNumber()
  await save(store, 'a1', { number })
  store.remove('a1')
  kit.records.delete('a1')
  await store.flush()
  expect(JSON.parse(lines().at(-1)!)).toMatchObject({ remove: ['a1'], nextNumber: number + 1 })
  const next = kit.open()
  await next.load()
  expect(next.takeNumber()).toBe(number + 1)
  kit.set('b1', { number: number + 1 })
  next.put('b1')
  next.remove('b1')
  kit.records.delete('b1')
  await next.close()
  expect(saved().nextNumber).toBe(number + 2)
})

test('the line is on disk before anybody is told', async () => {
  const calls: string[] = []
  const fs: FileSystem = {
    ...realFileSystem,
    open: async (path, flags, mode) => {
      const file = await realFileSystem.open(path, flags, mode)
      const sync = (): Promise<void> => {
        calls.push(`sync ${flags}`)
        return file.sync()
      }
      const write = (bytes: Uint8Array) => {
        calls.push(`write ${flags}`)
        return file.write(bytes)
      }
      return { write, sync, close: () => file.close() }
    },
    rename: (from, to) => {
      calls.push('rename')
      return realFileSystem.rename(from, to)
    },
  }
  const store = kit.open({ fs, clock: stoppedClock() })
  await store.load()
  await save(store, 'big', { metadata: { filler: 'x'.repeat(100_000) } })
  calls.length = 0
  await save(store, 'a1')
  // It begins with its name given to a whole text, as any file.
  expect(calls).toEqual(['write w', 'sync w', 'rename', 'sync r'])
  calls.length = 0
  await save(store, 'a1')
  expect(calls).toEqual(['write a', 'sync a'])
})

test('with 10,000 records a change writes its own size, and the whole state only once in many', async () => {
  const written = { bytes: 0 }
  const fs: FileSystem = {
    ...realFileSystem,
    open: async (path, flags, mode) => {
      const file = await realFileSystem.open(path, flags, mode)
      const write = async (bytes: Uint8Array) => {
        const done = await file.write(bytes)
        written.bytes += done.bytesWritten
        return done
      }
      return { write, sync: () => file.sync(), close: () => file.close() }
    },
  }
  const store = kit.open({ fs, clock: stoppedClock() })
  await store.load()
  for (let i = 0; i < 10_000; i++) {
    kit.set(`id${i}`)
    store.put(`id${i}`)
  }
  await store.flush()
  const whole = written.bytes
  expect(whole).toBeGreaterThan(4e6)
  written.bytes = 0
  for (let i = 0; i < 200; i++) await save(store, `id${i}`, { sinceMs: i })
  const one = JSON.stringify(kit.records.get('id0')).length
  expect(written.bytes).toBeLessThan(200 * (one + 200))
  expect(store.health().writes).toBe(201)
  await store.close()
})

test('an outgrown journal is folded: the state holds it, and the next change begins another', async () => {
  const store = await journaled(1)
  const first = saved().journal.id
  const filler = 'y'.repeat(100_000)
  await save(store, 'a1', { sinceMs: 2, metadata: { filler } })
  await save(store, 'a1', { sinceMs: 3, metadata: { filler } })
  expect(lines()).toHaveLength(4)
  await save(store, 'a1', { sinceMs: 4, metadata: { filler } })
  expect(saved()).toMatchObject({ journal: { folded: first }, processes: { a1: { tracked: { sinceMs: 4 } } } })
  expect(kit.entries()).toEqual(['process-state.json', 'process-state.json.prev'])
  await save(store, 'a1', { sinceMs: 5 })
  expect(JSON.parse(lines()[0]!)).toEqual({ journal: saved().journal.id })
  expect(await afterKill()).toMatchObject({ a1: 5, notes: '' })
})

test('some quiet seconds after the last change the state is written whole', async () => {
  const timers = new Map<() => void, number>()
  const clock: Clock = {
    ...stoppedClock(),
    wakeAfter: (ms, callback) => {
      timers.set(callback, ms)
      return () => void timers.delete(callback)
    },
  }
  const store = kit.open({ clock })
  await store.load()
  await save(store, 'big', { metadata: { filler: 'x'.repeat(100_000) } })
  for (const sinceMs of [1, 2, 3]) await save(store, 'a1', { sinceMs })
  const quiet = () => [...timers].filter(([, ms]) => ms === 30_000)
  await until(() => quiet().length === 1, 'the wait begins anew with each change')
  expect(saved().processes).not.toHaveProperty('a1')
  quiet()[0]![0]()
  await until(() => saved().processes.a1?.tracked.sinceMs === 3, 'the journal is folded')
  await until(() => !kit.entries().includes('process-state.journal'), 'and taken away')
  // Nobody's change: it does not count as a write of one.
  expect(store.health().writes).toBe(4)
})

test('close leaves one file that holds all, so that an older ptrack and any reader find it', async () => {
  const store = await journaled(1, 2)
  kit.set('a1', { sinceMs: 3 })
  store.put('a1')
  await store.close()
  expect(saved().processes.a1.tracked.sinceMs).toBe(3)
  expect(kit.entries()).toEqual(['process-state.json', 'process-state.json.prev'])
  const idle = kit.open({ clock: stoppedClock() })
  await idle.load()
  const text = kit.text()
  await idle.close()
  expect(kit.text()).toBe(text)
})

test('a journal that was found is folded by the first write, even if nothing else changes', async () => {
  await journaled(1, 2)
  const store = kit.open()
  await store.load()
  await until(() => saved().processes.a1?.tracked.sinceMs === 2, 'it is written whole')
  await store.close()
  expect(kit.entries()).toEqual(['process-state.json', 'process-state.json.prev'])
})

test('a torn last line was never acknowledged: it is left out without a word', async () => {
  await journaled(1, 2)
  const text = readFileSync(journal(), 'utf8')
  for (let cut = 1; cut < lines().at(-1)!.length; cut += 7) {
    writeFileSync(journal(), text.slice(0, -1 - cut))
    expect(await afterKill()).toMatchObject({ a1: 1, notes: '', quarantined: [] })
  }
})

test('a broken line ends the replay there, is told, and the journal is kept', async () => {
  await journaled(1, 2, 3)
  const [header, first, second, third] = lines()
  const broken = `${[header, first, second!.replace('{', '#'), third].join('\n')}\n`
  writeFileSync(journal(), broken)
  const loaded = await afterKill()
  expect(loaded).toMatchObject({ a1: 1, notes: expect.stringContaining('process-state.journal is damaged in line 3') })
  expect(loaded.quarantined.map((name) => readFileSync(name, 'utf8'))).toEqual([broken])
})

test.each([
  ['empty', ''],
  ['no journal', 'what is this\n'],
  ['cut in its first line', '{"journal":"x'],
])('a journal that is %s is told and kept, and the state counts alone', async (_what, text) => {
  await journaled(1)
  writeFileSync(journal(), text)
  const loaded = await afterKill()
  expect(loaded).toMatchObject({ a1: null, notes: expect.stringContaining('process-state.journal could not be read') })
  expect(loaded.quarantined.map((name) => readFileSync(name, 'utf8'))).toEqual([text])
})

test('a record in the journal that cannot be read is set aside with the journal; the others count', async () => {
  const store = await journaled(1)
  await save(store, 'b2')
  writeFileSync(journal(), readFileSync(journal(), 'utf8').replace('"status":"stopped"', '"status":"odd"'))
  const loaded = await afterKill()
  expect(loaded.records.map((record) => record.id)).toEqual(['big', 'b2'])
  expect(loaded.notes).toContain('process a1 could not be read and was set aside')
  expect(loaded.quarantined).toHaveLength(2)
})

test('a journal of another state is never applied: one folded already goes silently, a stranger is kept and told', async () => {
  const store = await journaled(1)
  const old = `${kit.dir}/old`
  copyFileSync(journal(), old)
  await store.close()
  renameSync(old, journal())
  const text = readFileSync(journal(), 'utf8')
  // As if the daemon had been killed between the two.
  expect(await afterKill()).toMatchObject({ a1: 1, notes: '' })
  writeFileSync(journal(), text.replace(/"journal":"[^"]*"/, '"journal":"another"').replace('"sinceMs":1', '"sinceMs":9'))
  expect(await afterKill()).toMatchObject({ a1: 1, notes: expect.stringContaining('does not belong'), quarantined: [] })
  expect(kept('old')).toHaveLength(1)
  expect(kit.entries()).not.toContain('process-state.journal')
})

test('an older ptrack that wrote the state meanwhile is not overruled by the journal it did not know', async () => {
  await journaled(1)
  const state = saved()
  delete state.journal
  writeFileSync(kit.file, JSON.stringify(state))
  expect(await afterKill()).toMatchObject({ a1: null, notes: expect.stringContaining('does not belong') })
  expect(kept('old')).toHaveLength(1)
})

test('a damaged state gives way to the one before, whose journal is gone, and says so; the present journal is kept', async () => {
  const store = await journaled(1)
  const filler = 'y'.repeat(300_000)
  await save(store, 'a1', { sinceMs: 2, metadata: { filler } })
  await save(store, 'a1', { sinceMs: 3 })
  const text = readFileSync(journal(), 'utf8')
  writeFileSync(kit.file, 'broken')
  const loaded = await afterKill()
  expect(loaded).toMatchObject({ a1: null, notes: expect.stringContaining('all changes since then are missing') })
  expect(loaded.records.map((record) => record.id)).toEqual(['big'])
  expect(loaded.quarantined.map((name) => readFileSync(name, 'utf8')).sort()).toEqual([text, 'broken'].sort())
  expect(await afterKill()).toMatchObject({ a1: null, notes: '' })
})

test('a deleted state is an empty one, and its journal is kept', async () => {
  await journaled(1)
  unlinkSync(kit.file)
  expect(await afterKill()).toMatchObject({ records: [], notes: expect.stringContaining('was missing') })
  expect(kept('old')).toHaveLength(1)
})

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ put: fc.constantFrom('a', 'b', 'c', 'd'), size: fc.constantFrom(0, 0, 10, 40_000, 200_000) }),
  },
  { weight: 2, arbitrary: fc.record({ remove: fc.constantFrom('a', 'b', 'c', 'd') }) },
  { weight: 1, arbitrary: fc.record({ global: fc.integer({ min: 1, max: 99 }) }) },
  { weight: 4, arbitrary: fc.constant('flush' as const) },
  { weight: 1, arbitrary: fc.constant('kill' as const) },
  { weight: 1, arbitrary: fc.constant('close' as const) },
)

test('whatever is changed, flushed, closed and killed, the next daemon loads exactly what was flushed', async () => {
  const run = async (steps: (typeof step extends fc.Arbitrary<infer S> ? S : never)[]): Promise<void> => {
    const own = stateKit()
    try {
      let store = own.open({ clock: stoppedClock() })
      let model = await store.load()
      let global: number | null = null
      const present = () => ({ records: new Map(own.records), global })
      let flushed = present()
      for (const [at, one] of steps.entries()) {
        if (typeof one === 'string') {
          if (one === 'flush') await store.flush()
          if (one === 'close') await store.close()
          if (one !== 'kill') flushed = present()
          if (one === 'flush') continue
          store = own.open({ clock: stoppedClock() })
          model = await store.load()
          expect(model.notes).toEqual([])
          expect(new Map(model.records.map((record) => [record.id, record]))).toEqual(flushed.records)
          expect(model.settings.limits.global).toBe(flushed.global)
          own.records.clear()
          for (const record of model.records) own.records.set(record.id, record)
          global = flushed.global
        } else if ('put' in one) {
          own.set(one.put, { sinceMs: at, metadata: { filler: 'x'.repeat(one.size) } })
          store.put(one.put)
        } else if ('remove' in one) {
          own.records.delete(one.remove)
          store.remove(one.remove)
        } else {
          global = one.global
          store.putSettings({ ...noSettings(), limits: { global, owners: {}, types: {} } })
        }
      }
    } finally {
      own.end()
    }
  }
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), (steps) => run([...steps, 'flush', 'kill'])),
    { numRuns: runs(60) },
  )
})
