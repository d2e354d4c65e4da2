import { copyFileSync, linkSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { migrate } from '../../src/adapters/state/migrations.ts'
import { noSettings } from '../../src/protocol/settings.ts'
import { record, type StateKit, stateKit } from './support/state-store.ts'

const root = join(import.meta.dirname, '../..')
const fixture = (name: string) => join(root, 'test/fixtures/states', name)

let kit: StateKit
beforeEach(() => {
  kit = stateKit()
})
afterEach(() => kit.end())

/** Saves each of these states of one process, a generation each. */
async function generations(...sinceMs: number[]): Promise<void> {
  const store = kit.open()
  await store.load()
  for (const at of sinceMs) {
    kit.set('a1', { sinceMs: at })
    store.put('a1')
    await store.flush()
  }
  await store.close()
}

const load = async () => {
  const store = kit.open()
  const loaded = await store.load()
  await store.close()
  return loaded
}
const leader = { pid: 9, startTicks: 9, bootId: 'b' }
const liveJson = { leader, program: null, startedAtMs: 1, startedMono: 1, adopted: false, pausedMs: 0 }
const quarantine = () => readdirSync(kit.dir).filter((name) => name.includes('.corrupt-'))
const document = (processes: Record<string, unknown>, more: Record<string, unknown> = {}) =>
  JSON.stringify({ version: 1, bootId: 'b', savedAt: '', settings: {}, processes, ...more })

test('the example at the top level loads whole, and is saved again as it is', async () => {
  copyFileSync(join(root, 'process-state.json.example'), kit.file)
  const example = JSON.parse(kit.text())
  const store = kit.open()
  const { records, notes, bootId, quarantined } = await store.load()
  expect({ notes, quarantined, bootId }).toEqual({ notes: [], quarantined: [], bootId: example.bootId })
  expect(records.map((one) => [one.definition.name, one.tracked.state.status])).toEqual([
    ['web', 'running'],
    ['nightly-report', 'done'],
    ['mailer', 'retrying'],
  ])
  expect(Object.fromEntries(records.map((one) => [one.id, one]))).toEqual(example.processes)
  kit.set('a1')
  store.put('a1')
  await store.flush()
  const saved = JSON.parse(kit.text())
  delete saved.processes.a1
  expect(saved.processes).toEqual(example.processes)
  expect(saved.settings).toEqual(example.settings)
})

test('fields of a later minor version harm nothing, and settings of ours to come are kept', async () => {
  const later = JSON.parse(readFileSync(fixture('v1-with-later-fields.json'), 'utf8'))
  later.settings = {
    limits: { global: 8, owners: { ci: 2 }, types: {}, perHost: { here: 1 } },
    policies: { benchmark: { retries: 3, laterField: 1 } },
    hooks: [{ id: 'h1', on: ['failed'], run: 'exec:true', laterField: [] }],
    notices: [{ id: 'n1', at: '2026-11-22T12:00:00.000Z', text: 'the saved state was damaged', laterField: [] }],
    retention: { endedMs: 60_000, failedMs: null, historyMs: 60_000, logsMs: 60_000, laterMs: 1 },
    observed: { spans: [{ wallMs: 1, ms: 2 }], announcedMs: 2, later: {} },
  }
  writeFileSync(kit.file, JSON.stringify(later))
  const store = kit.open()
  const { records, notes } = await store.load()
  expect(notes).toEqual([])
  expect(records).toHaveLength(3)
  expect(records[0]?.definition).not.toHaveProperty('laterField')
  kit.set('a1')
  store.put('a1')
  await store.close()
  expect(JSON.parse(kit.text()).settings).toEqual(later.settings)
})

test('a state from before there were jobs, queues and settings loads whole', async () => {
  copyFileSync(fixture('v1-before-jobs.json'), kit.file)
  const store = kit.open()
  const { records, notes, settings } = await store.load()
  await store.close()
  expect(notes).toEqual([])
  expect(settings).toEqual(noSettings())
  expect(records.map((record) => record.tracking)).toEqual([null, null, null])
  expect(records[0]?.definition).toMatchObject({ after: [], cron: null, retryInitialMs: 1000, retryJitter: true })
})

test('a state from before processes had numbers gives them in the order of creation, and goes on counting', async () => {
  copyFileSync(fixture('v1-before-jobs.json'), kit.file)
  const store = kit.open()
  const { records, notes } = await store.load()
  expect(notes).toEqual([])
  expect(records.map(({ number, createdAtMs }) => [number, createdAtMs])).toEqual(
    records
      .map(({ createdAtMs }) => createdAtMs)
      .sort((a, b) => a - b)
      .map((createdAtMs, n) => [n, createdAtMs]),
  )
  expect([store.takeNumber(), store.takeNumber()]).toEqual([3, 4])
  await store.close()
})

test.each([
  ['two of one number', [5, 5, 2], undefined, [5, 6, 2], 7],
  ['a number that is none', ['7', -1, 1.5], undefined, [0, 1, 2], 3],
  ['some without', [null, 4, undefined], undefined, [5, 4, 6], 7],
  ['a counter behind its processes', [8, 0, 1], 2, [8, 0, 1], 9],
  ['a counter ahead of its processes', [0, 1, 2], 50, [0, 1, 2], 50],
  ['a counter that is none', [0, 1, 2], 'many', [0, 1, 2], 3],
])('%s: each process has a number of its own', async (_what, given, nextNumber, numbers, next) => {
  const saved = given.map((number, n) => ({ ...record(`p${n}`), createdAtMs: n, number }))
  writeFileSync(kit.file, document(Object.fromEntries(saved.map((one) => [one.id, one])), { nextNumber }))
  const store = kit.open()
  const { records, notes } = await store.load()
  expect(notes).toEqual([])
  expect(records.map(({ number }) => number)).toEqual(numbers)
  expect(store.takeNumber()).toBe(next)
  await store.close()
})

test.each([
  ['pending', { status: 'pending', why: 'queue' }, { turn: 0 }],
  ['paused', { status: 'paused', run: { number: 1, id: 'r' }, live: liveJson, sinceMono: 1 }, { how: 'stopped' }],
  [
    'completing',
    { status: 'completing', run: { number: 1, id: 'r' }, live: liveJson, phase: 'term', afterwards: { go: 'run', reason: 'x' } },
    { afterwards: { go: 'run', reason: 'x', asked: false } },
  ],
])('what an earlier ptrack saved of a %s process gets its defaults', async (_status, state, filled) => {
  const example = JSON.parse(readFileSync(fixture('v1-before-jobs.json'), 'utf8'))
  example.processes.c41f09e2b7d8.tracked.state = state
  writeFileSync(kit.file, JSON.stringify(example))
  const { records, notes } = await load()
  expect(notes).toEqual([])
  expect(records[0]?.tracked.state).toMatchObject({ ...state, ...filled })
})

test('an external process comes back as it was; a broken state names the field', async () => {
  const external = {
    run: { number: 2, id: 'r2' },
    pid: 77,
    leaseMs: 60_000,
    startedAtMs: 1,
    startedMono: 2,
    pausedMs: 0,
    asked: 'pause',
  }
  const example = JSON.parse(readFileSync(fixture('v1-before-jobs.json'), 'utf8'))
  const [first, second] = Object.values(example.processes) as { tracked: { state: unknown } }[]
  first!.tracked.state = { status: 'running', external }
  second!.tracked.state = { status: 'running', external: { ...external, leaseMs: 'long' } }
  writeFileSync(kit.file, JSON.stringify(example))
  const { records, notes } = await load()
  expect(records[0]?.tracked.state).toEqual({ status: 'running', external })
  expect(notes.join()).toContain('tracked.state.external.leaseMs')
})

test('settings are read piece by piece, saved again, and changed on disk', async () => {
  const settings = {
    limits: { global: 'many' },
    policies: { good: { retries: 1 }, bad: { retries: -1 } },
    hooks: [{ id: 'h1', on: ['failed'], run: 'exec:true' }, { on: [] }],
    notices: [{ id: 'n1', at: '2026-11-22T12:00:00.000Z', text: 'lost' }, { text: 1 }],
    retention: { historyMs: 'long' },
    observed: { spans: 'none' },
  }
  writeFileSync(kit.file, JSON.stringify({ version: 1, bootId: 'b', savedAt: '', settings, processes: {} }))
  const store = kit.open()
  const loaded = await store.load()
  expect(loaded.settings).toEqual({
    limits: { global: null, owners: {}, types: {} },
    policies: { good: { retries: 1 } },
    hooks: [{ id: 'h1', on: ['failed'], run: 'exec:true' }],
    notices: [{ id: 'n1', at: '2026-11-22T12:00:00.000Z', text: 'lost' }],
    // Nothing goes because its time could not be read.
    retention: { endedMs: null, failedMs: null, historyMs: null, logsMs: null },
    observed: { spans: [], announcedMs: null },
  })
  expect(loaded.notes).toHaveLength(4)
  expect(loaded.damage).toEqual(loaded.notes)
  const changed = { ...loaded.settings, limits: { global: 2, owners: {}, types: { build: 1 } } }
  store.putSettings(changed)
  await store.flush()
  expect(JSON.parse(kit.text()).settings).toEqual(changed)
  await store.close()
  expect((await load()).settings).toEqual(changed)
})

test('version 0 is migrated; its bare pids are trusted with nothing, and the old file is kept', async () => {
  copyFileSync(fixture('v0.json'), kit.file)
  const { records, notes, damage } = await load()
  expect(notes).toEqual(['process-state.json was migrated from version 0'])
  expect(damage).toEqual([])
  expect(records.map((one) => one.definition.name)).toEqual(['pydantic-web-server', 'livekit'])
  expect(records[0]).toMatchObject({
    owner: 'sam',
    definition: {
      command: ['/bin/sh', '-c', 'python -m server --port 8000'],
      cwd: '/srv/planner',
      ports: [8000],
      restart: 'always',
    },
    tracked: { state: { status: 'stopped', exit: { kind: 'unknown' } }, wanted: 'down' },
    startedAtMs: Date.parse('2025-11-04T12:00:00.000Z'),
  })
  expect(records[1]?.startedAtMs).toBe(1762257605000)
  const kept = kit.entries().filter((name) => name.includes('.v0-'))
  expect(kept).toHaveLength(1)
  expect(readFileSync(join(kit.dir, kept[0]!), 'utf8')).toBe(readFileSync(fixture('v0.json'), 'utf8'))
  expect((await load()).notes).toEqual([])
})

test('a migration is pure: the document it is given stays as it is', () => {
  const old = JSON.parse(readFileSync(fixture('v0.json'), 'utf8'))
  const before = structuredClone(old)
  const now = { wallMs: 1, owner: 'sam' }
  expect(migrate(old, now)).toEqual(migrate(old, now))
  expect(old).toEqual(before)
})

test('a newer version is refused with advice, and nothing is touched', async () => {
  const newer = JSON.stringify({ version: 2, everything: 'else' })
  writeFileSync(kit.file, newer)
  writeFileSync(`${kit.file}.prev`, 'older')
  await expect(load()).rejects.toMatchObject({ code: 'VERSION_SKEW', hint: expect.stringContaining('upgrade ptrack') })
  expect(kit.text()).toBe(newer)
  expect(kit.entries()).toEqual(['process-state.json', 'process-state.json.prev'])
})

for (const [what, damage] of [
  ['cut off', (text: string) => text.slice(0, text.length / 2)],
  ['empty', () => ''],
  ['zeroed by a power loss', (text: string) => '\0'.repeat(text.length)],
  ['a list', () => '[1,2]'],
  ['of no known shape', () => '{"version":1,"processes":[]}'],
  ['of somebody else', () => '{"name":"ptrack","scripts":{}}'],
] as const) {
  test(`a state that is ${what} is kept aside, and the generation before it used`, async () => {
    await generations(1, 2)
    const broken = damage(kit.text())
    writeFileSync(kit.file, broken)
    const loaded = await load()
    expect(loaded.records.map((one) => one.tracked.sinceMs)).toEqual([1])
    expect(loaded.notes.join()).toContain('could not be read')
    expect(loaded.quarantined).toEqual(quarantine().map((name) => join(kit.dir, name)))
    expect(readFileSync(loaded.quarantined[0]!, 'utf8')).toBe(broken)
    const again = await load()
    expect(again.notes).toEqual([])
    expect(again.records).toEqual(loaded.records)
  })
}

test('both generations unreadable: both are kept, the state is empty', async () => {
  writeFileSync(kit.file, '{')
  writeFileSync(`${kit.file}.prev`, '}')
  const loaded = await load()
  expect(loaded.records).toEqual([])
  expect(loaded.quarantined.map((name) => readFileSync(name, 'utf8'))).toEqual(['{', '}'])
})

test('a kept file is never written over by the next one', async () => {
  for (const text of ['one', 'two', 'three']) {
    writeFileSync(kit.file, text)
    await load()
  }
  expect(
    quarantine()
      .map((name) => readFileSync(join(kit.dir, name), 'utf8'))
      .sort(),
  ).toEqual(['one', 'three', 'two'])
})

test('a deleted state is an empty one; the generation before it is kept and told', async () => {
  await generations(1, 2)
  renameSync(kit.file, join(kit.dir, 'moved-away'))
  const loaded = await load()
  expect(loaded.records).toEqual([])
  expect(loaded.notes).toEqual([expect.stringContaining('was missing: started empty')])
  expect(kit.entries().some((name) => name.startsWith('process-state.json.old-'))).toBe(true)
})

test('one bad record is set aside with the whole file, the others live on', async () => {
  const good = record('a1')
  writeFileSync(kit.file, document({ a1: good, b2: { id: 'b2', definition: { name: 'b' } }, c3: record('c3'), d4: null }))
  const loaded = await load()
  expect(loaded.records.map((one) => one.id)).toEqual(['a1', 'c3'])
  expect(loaded.notes).toHaveLength(2)
  expect(loaded.damage).toEqual(loaded.notes)
  expect(loaded.notes[0]).toMatch(/process b2 .*definition\.command/)
  expect(JSON.parse(readFileSync(loaded.quarantined[0]!, 'utf8')).processes.b2.definition).toEqual({ name: 'b' })
})

test('a broken piece of history costs that piece, not the process', async () => {
  const whole = record('a1')
  const entry = { at: '2025-11-04T12:00:00.000Z', status: 'stopped', run: 1, reason: null }
  writeFileSync(kit.file, document({ a1: { ...whole, timeline: [entry, { at: 5 }, entry], runs: 'none' } }))
  const loaded = await load()
  expect(loaded.records[0]?.timeline).toEqual([entry, entry])
  expect(loaded.records[0]?.runs).toEqual([])
  expect(loaded.notes).toEqual([expect.stringContaining('history could not be read')])
  expect(loaded.quarantined).toHaveLength(1)
})

test('two records of one name: the first keeps it', async () => {
  writeFileSync(kit.file, document({ a1: record('a1', { name: 'web' }), b2: record('b2', { name: 'web' }) }))
  const loaded = await load()
  expect(loaded.records.map((one) => one.id)).toEqual(['a1'])
  expect(loaded.notes).toEqual([expect.stringContaining("its name web is another's")])
})

test('keys that name the prototype change none', async () => {
  const evil = JSON.stringify(record('a1')).replace(
    '"metadata":{}',
    '"metadata":{"__proto__":{"polluted":1}},"__proto__":{"polluted":1}',
  )
  writeFileSync(
    kit.file,
    `{"version":1,"settings":{},"__proto__":{"polluted":1},"processes":{"__proto__":{"id":"__proto__"},"a1":${evil}}}`,
  )
  const loaded = await load()
  expect(loaded.records.map((one) => one.id)).toEqual(['a1'])
  expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  expect((loaded.records[0] as unknown as Record<string, unknown>).polluted).toBeUndefined()
})

test('what a crash left half-written is removed, also when it is another name of a whole file', async () => {
  await generations(1, 2)
  writeFileSync(join(kit.dir, '.process-state.json.tmp'), '{"vers')
  linkSync(kit.file, join(kit.dir, '.process-state.json.prev.tmp'))
  expect((await load()).notes).toEqual([])
  expect(kit.entries()).toEqual(['process-state.json', 'process-state.json.prev'])
  await generations(3)
  expect((await load()).records[0]?.tracked.sinceMs).toBe(3)
})
