/** The plan, and the way round: what is exported is read back as the same processes, and planned as unchanged. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { FileProcess } from '../../src/files/file-process.ts'
import { fileProcessOf } from '../../src/files/from-existing.ts'
import { readProcfile } from '../../src/files/import/procfile.ts'
import type { ProcfileSettings } from '../../src/files/import/procfile-settings.ts'
import { shellWords } from '../../src/files/import/words.ts'
import { type Existing, foretell, marked, planUp } from '../../src/files/plan.ts'
import { procfileText } from '../../src/files/procfile-text.ts'
import { referring } from '../../src/files/references.ts'
import { systemdUnits } from '../../src/files/systemd-units.ts'
import { readPtrackYaml } from '../../src/files/yaml/read.ts'
import { writePtrackYaml } from '../../src/files/yaml/write.ts'
import { Definition, type DefinitionInput } from '../../src/protocol/definition.ts'
import { anyCharacter } from '../support/any-character.ts'
import { runs } from '../support/effort.ts'

const FILE = '/a/ptrack.yaml'
const text = (maxLength = 20) => fc.string({ unit: anyCharacter, maxLength }).filter((each) => !each.includes('\0'))
const some = (maxLength = 20) => text(maxLength).filter((each) => each !== '')
const ms = fc.oneof(
  fc.integer({ min: 100, max: 1e9 }),
  fc.integer({ min: 1, max: 300 }).map((s) => s * 1000),
)
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null })
const port = fc.integer({ min: 1, max: 60_000 })

const exitCodes = fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 3 })

/** Blank commands and globs are refused. */
const unblank = () => some().filter((words) => words.trim() !== '')
const definition = fc.record<DefinitionInput>(
  {
    name: fc.stringMatching(/^[a-z][a-z0-9_.@+-]{0,9}$/).filter((name) => name !== 'all'),
    command: fc.array(some(), { minLength: 1, maxLength: 4 }),
    cwd: fc.constantFrom('/', '/srv/a b', '/$HOME', '/ä'),
    kind: fc.constantFrom('service', 'job'),
    title: maybe(text()),
    description: maybe(text(40)),
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
      some().map((pattern) => ({ kind: 'log' as const, pattern })),
      fc.record({ kind: fc.constant('tcp' as const), host: fc.constantFrom('127.0.0.1', '::1', 'db.local'), port }),
    ),
    healthPeriodMs: ms,
    healthTimeoutMs: ms,
    healthFailures: fc.integer({ min: 1, max: 1000 }),
    restartUnhealthy: fc.boolean(),
    readyTimeoutMs: ms,
    restart: fc.constantFrom('always', 'on-failure', 'never'),
    maxRestarts: maybe(fc.nat(100)),
    restartWindowMs: ms,
    restartDelayMs: maybe(ms),
    okExit: exitCodes,
    noRestartExit: exitCodes,
    leftovers: fc.constantFrom('kill', 'keep'),
    stopTimeoutMs: ms,
    stopSignal: fc.constantFrom('SIGTERM', 'SIGINT'),
    timeoutMs: maybe(ms),
    retries: fc.nat(9),
    retryFactor: fc.double({ min: 1, max: 100, noNaN: true }),
    retryJitter: fc.boolean(),
    retryInitialMs: ms,
    retryMaxMs: ms,
    retryOn: fc.subarray(['failure' as const, 'timeout' as const], { minLength: 1 }),
    retryInterrupted: fc.boolean(),
    priority: fc.integer({ min: -1000, max: 1000 }),
    cron: maybe(fc.constantFrom('*/5 * * * *', '@daily', '0 0 3 * * 1-5')),
    cronOverlap: fc.constantFrom('skip', 'queue'),
    watchFiles: fc.array(unblank(), { maxLength: 2 }),
    recordExit: fc.boolean(),
    logKeep: fc.nat(1000),
    nice: maybe(fc.integer({ min: -20, max: 19 })),
    group: maybe(some()),
    cgroup: fc.boolean(),
    logMaxBytes: fc.integer({ min: 65_536, max: 2 ** 40 }),
    maxMemoryBytes: maybe(fc.integer({ min: 1024, max: 2 ** 40 })),
    hooks: fc.array(
      fc.record({
        on: fc.constant(['failed', 'cpu>90%']),
        run: unblank().map((run) => `exec:${run}`),
      }),
      {
        maxLength: 2,
      },
    ),
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
const conditions = fc.array(fc.constantFrom('started' as const, 'healthy' as const, 'done' as const, null), { maxLength: 3 })
/** Each may wait for those before it. */
const processes = fc
  .tuple(fc.uniqueArray(process, { maxLength: 4, selector: (each) => each.definition.name }), fc.array(conditions))
  .map(([list, waits]) =>
    list.map((each, index) => {
      const after = list.slice(0, index).flatMap(({ definition: { name } }, other) => {
        const condition = waits[index]?.[other] ?? null
        return condition === null ? [] : [{ name, condition }]
      })
      return after.length === 0 ? each : { ...each, definition: { ...each.definition, after } }
    }),
  )

test('every field there is takes part', () => {
  const seen = new Set(
    fc.sample(processes, { numRuns: 300, seed: 1 }).flatMap((list) => list.flatMap((each) => Object.keys(each.definition))),
  )
  const all = Object.keys(Definition.shape).filter((field) => field !== 'instance')
  expect(all.filter((field) => !seen.has(field))).toEqual([])
})

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
    failed: false,
    env: each.env,
    instanceEnv: each.instanceEnv,
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
    { numRuns: runs(100) },
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
    { numRuns: runs(100) },
  )
})

/** The words of a line of a unit file, by systemd.syntax(7). */
const unitWords = (line: string): string[] =>
  [...line.matchAll(/"((?:\\.|[^"\\])*)"|(\S+)/gs)].map(([, quoted, bare]) =>
    (
      bare ??
      quoted!.replace(/\\(?:x([0-9a-f]{2})|(.))/gs, (_, hex, char) =>
        hex ? String.fromCharCode(Number.parseInt(hex, 16)) : char,
      )
    ).replaceAll('%%', '%'),
  )

test('an export to systemd says the same, as far as units can', () => {
  fc.assert(
    fc.property(processes, (list) => {
      const exported = applied(list).map((each) => fileProcessOf(each, {}))
      const { units } = systemdUnits(exported)
      expect(new Set(units.map(({ file }) => file)).size).toBe(units.length)
      const control = (one: string | null | undefined) => [...(one ?? '')].some((char) => char < ' ' || char === '\x7f')
      const expected = exported
        .filter(({ definition: { kind, user, group } }) => kind !== 'job' && !control(user) && !control(group))
        .flatMap((each) => Array.from({ length: each.instances }, (_, index) => ({ each, index })))
      expect(units).toHaveLength(expected.length)
      for (const [at, { each, index }] of expected.entries()) {
        const lines = units[at]!.text.split(/[\n\r]/)
        const values = (key: string) =>
          lines.filter((line) => line.startsWith(`${key}=`)).map((line) => line.slice(key.length + 1))
        const d = foretell(each.definition, {}, [])
        const words = unitWords(values('ExecStart')[0]!).map((word) => word.replaceAll('$$', '$'))
        expect(d.command[0]!.startsWith('/') ? words : words.slice(1)).toEqual(d.command)
        const env = { ...(d.ports.length > 0 ? { PORT: String((d.ports[0] as number) + index) } : {}), ...each.env }
        const pairs = values('Environment').map((line) => unitWords(line)[0]!)
        expect(pairs.toSorted()).toEqual(
          Object.entries(env)
            .map((pair) => pair.join('='))
            .toSorted(),
        )
        expect(values('WorkingDirectory')).toEqual([d.cwd])
        expect(values('KillSignal')).toEqual([d.stopSignal])
        expect(values('TimeoutStopSec').map((text) => Math.round(Number(text) * 1000))).toEqual([d.stopTimeoutMs])
        expect(values('Restart')).toEqual([{ always: 'always', 'on-failure': 'on-failure', never: 'no' }[d.restart]])
        const waits = d.after.filter(({ name }) => expected.some((other) => other.each.definition.name === name))
        expect(new Set(values('Wants')).size).toBeGreaterThanOrEqual(waits.length)
        for (const wanted of values('Wants')) expect(units.map(({ file }) => file)).toContain(wanted)
      }
    }),
    { numRuns: runs(100) },
  )
})

test('an export to a Procfile is imported as the same names and words', () => {
  fc.assert(
    fc.property(processes, (list) => {
      const exported = applied(list).map((each) => fileProcessOf(each, {}))
      const { text: procfile } = procfileText(exported)
      const said = exported.filter(({ definition }) => !definition.command.some((word) => word.includes('\n')))
      if (said.length === 0) return
      const settings = { ...NO_SETTINGS, formation: null }
      const { processes: back, notes } = readProcfile(procfile, '/a/Procfile', settings)
      expect(notes.filter(({ verdict }) => verdict === 'ignored')).toEqual([])
      expect(back.map(({ definition }) => shellWords(definition.command[2]!, ''))).toEqual(
        said.map(({ definition: { cwd, command } }) => {
          const line = command.length === 3 && command[0] === '/bin/sh' && command[1] === '-c' ? [] : command
          return ['cd', cwd, '&&', ...line]
        }),
      )
    }),
    { numRuns: runs(100) },
  )
})

test('names that would be the same in a unit or a Procfile are kept apart', () => {
  const named = (name: string, more: Partial<FileProcess> = {}): FileProcess => one({ d: { name }, ...more })
  const list = [named('a:b'), named('web', { instances: 2 }), named('a-b'), named('web-0'), named('a+b')]
  list.push(one({ d: { name: 'app', after: [{ name: 'web', condition: 'started' }] } }))
  const { units, notes } = systemdUnits(list)
  const files = ['a-b-2', 'web-0-2', 'web-1', 'a-b', 'web-0', 'a-b-3', 'app'].map((name) => `${name}.service`)
  expect(units.map(({ file }) => file)).toEqual(files)
  expect(notes).toContain('web:0 is web-0-2.service: web-0.service is that of another')
  expect(units.at(-1)!.text).toContain('Wants=web-0-2.service\nAfter=web-1.service\nWants=web-1.service')
  expect(procfileText(list).text.match(/^[^:]+/gm)).toEqual(['a-b-2', 'web', 'a-b', 'web-0', 'a-b-3', 'app'])
})

const NO_SETTINGS: ProcfileSettings = {
  like: 'foreman',
  env: {},
  basePort: 5000,
  portSteps: null,
  formation: null,
  only: null,
  except: new Set(),
  shell: 'sh',
  stopSignals: new Map(),
  stopTimeoutMs: 5000,
  notes: [],
}

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

const numbered = (count: number, from = 0) =>
  one({ instances: count, instanceEnv: Array.from({ length: count }, (_, n) => ({ N: `${from + n}` })) })

test.each<[string, FileProcess, FileProcess, string | null, string[]]>([
  ['the same variables of each', numbered(2), numbered(2), null, []],
  ['one that is set for all too', numbered(2), { ...numbered(2), env: { N: '9' } }, null, []],
  ['another variable of one', numbered(2), numbered(2, 5), 'restart', ['env.N']],
  ['more of them that count on', numbered(2), numbered(3), 'set', ['instances']],
  ['none of their own any more', numbered(2), one({ instances: 2 }), 'restart', ['env.N']],
  ['a process that becomes a set', one(), numbered(2), 'recreate', ['env.N', 'instances']],
])('a set whose instances differ is one entry: %s', (_what, before, after, act, fields) => {
  const [entry, ...others] = plan([after], applied([before]))
  expect(others).toEqual([])
  expect(entry).toMatchObject({ name: 'web', act })
  expect(entry!.fields.map(({ field }) => field)).toEqual(fields)
})

test('an instance with another command of its own takes another set; the same ones take nothing', () => {
  const own = (last: string) => one({ instances: 2, instanceOwn: [{ command: ['node', 'a.js'] }, { command: ['x', last] }] })
  const [has] = applied([own('1')])
  Object.assign(has!.definitions[1]!, { command: ['x', '1'] })
  expect(plan([own('1')], [has!])).toMatchObject([{ change: 'unchanged', act: null }])
  expect(plan([own('2')], [has!])).toMatchObject([{ change: 'changed', act: 'recreate' }])
})

test('what is not to start is defined, kept as it is while it is down, and made anew when only a run could show the change', () => {
  const held = (d: Partial<DefinitionInput> = {}) => one({ autostart: false, d })
  expect(plan([held()], [])).toMatchObject([{ change: 'new', act: 'define' }])
  const down = applied([held()]).map((each) => ({ ...each, ended: true }))
  expect(plan([held()], down)).toMatchObject([{ change: 'unchanged', act: null }])
  expect(plan([one()], down)).toMatchObject([{ change: 'unchanged', act: 'start-again' }])
  expect(plan([held({ command: ['x'] })], down)).toMatchObject([{ act: 'recreate' }])
  expect(plan([held({ maxMemoryBytes: 4096 })], down)).toMatchObject([{ act: 'set' }])
  expect(plan([held({ command: ['x'] })], applied([held()]))).toMatchObject([{ act: 'restart' }])
})

test('a job that failed runs again, one that is done or was cancelled does not', () => {
  const job = one({ d: { kind: 'job' } })
  const has = (more: Partial<Existing>) => applied([job]).map((each) => ({ ...each, ...more }))
  expect(plan([job], has({ ended: true, failed: true }))).toMatchObject([{ change: 'unchanged', act: 'start-again' }])
  expect(plan([job], has({ ended: true, failed: false }))).toMatchObject([{ change: 'unchanged', act: null }])
})

test('who leaves, and a set that older versions made of single processes', () => {
  const app = one({ d: { name: 'app', after: [{ name: 'web', condition: 'started' }] } })
  expect(plan([app], applied([one()])).at(-1)).toMatchObject({ name: 'web', change: 'leaving', replaced: false })
  const singles = ['web:0', 'web:1'].map((name) => one({ d: { name } }))
  expect(plan([numbered(2)], applied(singles)).map(({ name, change, replaced }) => [name, change, replaced])).toEqual([
    ['web', 'new', false],
    ['web:0', 'leaving', true],
    ['web:1', 'leaving', true],
  ])
})

test('a masked export is the same processes wherever its variables are set', () => {
  const web = one({ env: { SECRET: 's$1', 'a-b': '2' }, instances: 2, instanceEnv: [{ N: '0' }, { N: '1' }] })
  const text = writePtrackYaml([referring(web)])
  expect(text).not.toContain('s$')
  const env = { SECRET: 's$1', a_b: '2', N_0: '0', N_1: '1' }
  const [again] = readPtrackYaml(FILE, { env, readText: () => text, readEnvFile: () => ({}) }).processes
  expect([again!.env, again!.instanceEnv]).toEqual([web.env, web.instanceEnv])
})
