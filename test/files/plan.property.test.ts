/** The way round, for any processes: what is exported is read back as the same, and planned as unchanged. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { FileProcess } from '../../src/files/file-process.ts'
import { fileProcessOf } from '../../src/files/from-existing.ts'
import { readProcfile } from '../../src/files/import/procfile.ts'
import type { ProcfileSettings } from '../../src/files/import/procfile-settings.ts'
import { shellWords } from '../../src/files/import/split-words.ts'
import { procfileText } from '../../src/files/procfile-text.ts'
import { systemdUnits } from '../../src/files/systemd-units.ts'
import { writePtrackYaml } from '../../src/files/yaml/write.ts'
import { Definition, type DefinitionInput } from '../../src/protocol/definition.ts'
import { foretell } from '../../src/protocol/definition-changes.ts'
import { anyCharacter } from '../support/any-character.ts'
import { runs } from '../support/effort.ts'
import { applied, plan, readBack } from './support/plans.ts'

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
    critical: fc.boolean(),
    stopTimeoutMs: ms,
    stopScope: fc.constantFrom('tree', 'main'),
    stopSend: maybe(some()),
    preStart: maybe(some()),
    postStart: maybe(some()),
    preStop: maybe(some()),
    postStop: maybe(some()),
    lifecycleTimeoutMs: ms,
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
    tty: fc.boolean(),
    logKeep: fc.nat(1000),
    stdin: maybe(fc.constantFrom('/tmp/in', '/dev/null')),
    outFile: maybe(fc.constantFrom('/tmp/a.log', '/dev/null', '/tmp/{instance} b.log')),
    errFile: maybe(fc.constant('/tmp/a.log')),
    nice: maybe(fc.integer({ min: -20, max: 19 })),
    group: maybe(some()),
    cgroup: fc.boolean(),
    cpus: maybe(fc.constantFrom(0.5, 2)),
    pids: maybe(fc.integer({ min: 1, max: 4_194_304 })),
    noNewPrivileges: fc.boolean(),
    readOnly: fc.array(fc.constantFrom('/etc', '/srv/a b')),
    privateTmp: fc.boolean(),
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
    sockets: fc.constantFrom(
      [],
      [{ name: '3000', port: 3000 }],
      [
        { name: 'api', path: '/run/a,b.sock', mode: '660' },
        { name: 'x', port: 1, host: '::1', backlog: 7 },
      ],
    ),
    preload: fc.boolean(),
    reload: fc.constantFrom(null, 'overlap', 'serial'),
    drainTimeoutMs: fc.nat(60_000),
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
      const all = systemdUnits(exported).units
      const units = all.filter(({ file }) => file.endsWith('.service'))
      expect(new Set(all.map(({ file }) => file)).size).toBe(all.length)
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
        const [port] = [...d.sockets.flatMap((socket) => socket.port ?? []), ...d.ports.map((first) => first + index)]
        const env = { ...(port === undefined ? {} : { PORT: String(port) }), ...each.env }
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
