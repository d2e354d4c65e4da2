/** The plan, and the way round: what is exported is read back as the same processes, and planned as unchanged. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { FileProcess } from '../../src/files/file-process.ts'
import { fileProcessOf } from '../../src/files/from-existing.ts'
import { type Existing, foretell, marked, planUp } from '../../src/files/plan.ts'
import { readPtrackYaml } from '../../src/files/yaml/read.ts'
import { writePtrackYaml } from '../../src/files/yaml/write.ts'
import type { DefinitionInput } from '../../src/protocol/definition.ts'

const FILE = '/a/ptrack.yaml'
const text = (maxLength = 20) => fc.string({ unit: 'binary', maxLength }).filter((each) => !each.includes('\0'))
const some = (maxLength = 20) => text(maxLength).filter((each) => each !== '')
const ms = fc.oneof(
  fc.integer({ min: 100, max: 1e9 }),
  fc.integer({ min: 1, max: 300 }).map((s) => s * 1000),
)
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null })
const port = fc.integer({ min: 1, max: 60_000 })

const definition = fc.record<DefinitionInput>(
  {
    name: fc.stringMatching(/^[a-z][a-z0-9_.@+-]{0,9}$/).filter((name) => name !== 'all'),
    command: fc.array(some(), { minLength: 1, maxLength: 4 }),
    cwd: fc.constantFrom('/', '/srv/a b', '/$HOME', '/ä'),
    kind: fc.constantFrom('service', 'job'),
    title: maybe(text()),
    type: some(),
    tags: fc.array(some(), { maxLength: 3 }),
    metadata: fc.dictionary(
      some(8).filter((key) => key !== 'ptrackYaml'),
      fc.oneof(text(), fc.integer(), fc.boolean(), fc.constant(null)),
      { maxKeys: 3 },
    ),
    ports: fc.uniqueArray(port, { maxLength: 3 }),
    health: fc.oneof(
      fc.constant(null),
      fc.constantFrom(
        { kind: 'none' as const },
        { kind: 'notify' as const },
        { kind: 'http' as const, url: 'http://[::1]:80/a?b=$c' },
      ),
      some().map((command) => ({ kind: 'exec' as const, command })),
      fc.record({ kind: fc.constant('tcp' as const), host: fc.constantFrom('127.0.0.1', '::1', 'db.local'), port }),
    ),
    healthPeriodMs: ms,
    readyTimeoutMs: ms,
    restart: fc.constantFrom('always', 'on-failure', 'never'),
    maxRestarts: maybe(fc.nat(100)),
    okExit: fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 3 }),
    stopSignal: fc.constantFrom('SIGTERM', 'SIGINT'),
    timeoutMs: maybe(ms),
    retries: fc.nat(9),
    retryFactor: fc.double({ min: 1, max: 100, noNaN: true }),
    retryJitter: fc.boolean(),
    logMaxBytes: fc.integer({ min: 65_536, max: 2 ** 40 }),
    maxMemoryBytes: maybe(fc.integer({ min: 1024, max: 2 ** 40 })),
    hooks: fc.array(fc.record({ on: fc.constant(['failed', 'cpu>90%']), run: some().map((run) => `exec:${run}`) }), {
      maxLength: 2,
    }),
    user: maybe(some()),
    umask: maybe(fc.stringMatching(/^[0-7]{1,4}$/)),
    ulimits: fc.constantFrom({}, { nofile: '4096:8192' }),
  },
  { requiredKeys: ['name', 'command', 'cwd'] },
)
const process: fc.Arbitrary<FileProcess> = fc.record({
  definition,
  env: fc.dictionary(fc.stringMatching(/^[A-Za-z_<.][A-Za-z0-9_<.]{0,6}$/), text(), { maxKeys: 3 }),
  cleanEnv: fc.boolean(),
  instances: fc.integer({ min: 1, max: 3 }),
  autostart: fc.constant(true),
  instanceEnv: fc.constant([]),
})
const processes = fc.uniqueArray(process, { maxLength: 4, selector: (each) => each.definition.name })

/** As the daemon has them after a plan was applied. */
const applied = (list: readonly FileProcess[]): Existing[] =>
  list.map((each) => ({
    name: each.definition.name,
    definitions: Array.from({ length: each.instances }, (_, index) => {
      const whole = foretell(marked(each, FILE), {}, [])
      if (each.instances === 1) return whole
      const { name, ports } = whole
      return { ...whole, name: `${name}:${index}`, ports: ports.map((one) => one + index), instance: { of: name, index } }
    }),
    grouped: each.instances > 1,
    ended: false,
    env: each.env,
  }))
const plan = (list: readonly FileProcess[], existing: Existing[]) =>
  planUp({ file: FILE, processes: list, existing, policies: {} })
const readBack = (yaml: string): FileProcess[] =>
  readPtrackYaml(FILE, { env: {}, readText: () => yaml, readEnvFile: () => ({}) }).processes

test('applied and planned again, nothing is left to do', () => {
  fc.assert(
    fc.property(processes, processes, (before, after) => {
      expect(plan(before, []).every(({ change }) => change === 'new')).toBe(true)
      expect(plan(after, applied(after)).map(({ change, fields }) => ({ change, fields }))).toEqual(
        after.map(() => ({ change: 'unchanged', fields: [] })),
      )
      const names = after.map((each) => each.definition.name)
      const gone = before.map((each) => each.definition.name).filter((name) => !names.includes(name))
      const leaving = plan(after, applied(before)).filter(({ change }) => change === 'leaving')
      expect(leaving.map(({ name }) => name).sort()).toEqual(gone.sort())
    }),
  )
})

test('an export is read back as the same processes, and its plan is the same', () => {
  fc.assert(
    fc.property(processes, (list) => {
      const exported = applied(list).map((each) => fileProcessOf(each, {}))
      expect(readBack(writePtrackYaml(exported))).toEqual(exported)
      expect(plan(readBack(writePtrackYaml(exported)), applied(list)).map(({ change, fields }) => [change, fields])).toEqual(
        list.map(() => ['unchanged', []]),
      )
    }),
  )
})

const one = (more: Partial<FileProcess> & { d?: Partial<DefinitionInput> } = {}): FileProcess => {
  const { d, ...rest } = more
  return {
    definition: { name: 'web', command: ['node', 'a.js'], cwd: '/a', ...d },
    env: {},
    cleanEnv: false,
    instances: 1,
    autostart: true,
    instanceEnv: [],
    ...rest,
  }
}
test.each<[string, FileProcess, FileProcess, string, unknown[]]>([
  ['a limit', one(), one({ d: { maxMemoryBytes: 4096 } }), 'set', [{ field: 'maxMemoryBytes', before: null, after: 4096 }]],
  ['a command', one(), one({ d: { command: ['x'] } }), 'restart', [{ field: 'command', before: ['node', 'a.js'], after: ['x'] }]],
  ['a variable that has left', one({ env: { A: 's' } }), one(), 'restart', [{ field: 'env.A', before: 'set', after: null }]],
  ['more of them', one({ instances: 2 }), one({ instances: 3 }), 'set', [{ field: 'instances', before: 2, after: 3 }]],
  ['one becomes many', one(), one({ instances: 2 }), 'recreate', [{ field: 'instances', before: 1, after: 2 }]],
  ['a field that has left', one({ d: { tags: ['a'] } }), one(), 'set', [{ field: 'tags', before: ['a'], after: [] }]],
])('%s', (_what, before, after, act, fields) => {
  expect(plan([after], applied([before]))).toMatchObject([{ change: 'changed', act, fields }])
})

test('who waits for instances that differ waits for each; those of another form are replaced', () => {
  const web = (count: number) => one({ instances: count, instanceEnv: Array.from({ length: count }, (_, n) => ({ N: `${n}` })) })
  const app = one({ d: { name: 'app', after: [{ name: 'web', condition: 'started' }] } })
  const made = plan([web(2), app], [])
  expect(made.map(({ name, process: each }) => [name, each?.definition.tags, each?.env])).toEqual([
    ['web:0', ['web'], { N: '0' }],
    ['web:1', ['web'], { N: '1' }],
    ['app', undefined, {}],
  ])
  expect(made[2]!.process!.definition.after).toEqual([
    { name: 'web:0', condition: 'started' },
    { name: 'web:1', condition: 'started' },
  ])
  const shared = plan([web(2)], applied([one({ instances: 3 })]))
  expect(shared.map(({ name, change, replaced }) => [name, change, replaced])).toEqual([
    ['web:0', 'new', false],
    ['web:1', 'new', false],
    ['web', 'leaving', true],
  ])
  expect(plan([app], applied([one()])).at(-1)).toMatchObject({ name: 'web', change: 'leaving', replaced: false })
})
