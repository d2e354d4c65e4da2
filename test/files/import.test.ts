/** The importers, on files written after the peers' own examples: what comes of them and what is told. */
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import type { ReadFile } from '../../src/files/file-process.ts'
import { expandVariables } from '../../src/files/import/envsubst.ts'
import { PM2_FIELDS } from '../../src/files/import/pm2-fields.ts'
import { PROCESS_COMPOSE_FIELDS } from '../../src/files/import/process-compose-fields.ts'
import { parseFormation } from '../../src/files/import/procfile-settings.ts'
import { formatOf, type ImportChoices, readImport } from '../../src/files/import/read-import.ts'
import { pm2Words } from '../../src/files/import/split-words.ts'
import { SUPERVISORD_FIELDS } from '../../src/files/import/supervisord-fields.ts'
import type { ImportWorld } from '../../src/files/import/world.ts'

const plain: ImportChoices = { format: null, like: 'foreman', formation: null, envName: null }

/** A machine of a few files. */
function world(files: Record<string, string>, env: Record<string, string> = {}): ImportWorld {
  return {
    env: { HOME: '/home/u', ...env },
    cwd: '/app',
    cpus: 4,
    hostname: 'box',
    readText: (path) => files[path] ?? null,
    isFile: (path) => path in files,
    whyNoLog: (path) => (path.startsWith('/missing/') ? 'the directory /missing does not exist' : null),
    inPath: (name) => (['bash', 'python3', 'redis-server'].includes(name) ? `/usr/bin/${name}` : null),
    isBinary: (path) => path.startsWith('/usr/bin/'),
    glob: (pattern, cwd) => Object.keys(files).filter((file) => file.startsWith(resolve(cwd, pattern).replace(/\*.*/, ''))),
    readEnvFile: (path) => ({ FROM: path }),
  }
}
const read = (
  files: Record<string, string>,
  choices: Partial<ImportChoices> = {},
  env?: Record<string, string>,
): Promise<ReadFile> => readImport(Object.keys(files)[0]!, { ...plain, ...choices }, world(files, env))
const noteOf = ({ notes }: ReadFile, field: string, process?: string | null) =>
  notes.find((note) => note.field === field && (process === undefined || note.process === process))

test.each([
  ['Procfile.dev', 'web: x', 'procfile'],
  ['dump.pm2', '[]', 'pm2'],
  ['ecosystem.config.cjs', '', 'pm2'],
  ['pm2.yaml', 'apps:\n  - script: a', 'pm2'],
  ['compose.yaml', 'processes:\n  a: {}', 'process-compose'],
  ['docker-compose.yaml', 'services: {}', null],
  ['app.conf', '[program:x]\ncommand=a', 'supervisord'],
  ['nginx.conf', 'server {}', null],
])('%s is known for what it is', (file, text, format) => {
  expect(formatOf(`/app/${file}`, text)).toBe(format)
})

test('pm2: interpreters, words, environments and the traps of its defaults', async () => {
  const got = await read(
    {
      '/app/pm2.yaml': `apps:
  - name: api
    script: api.py
    args: --title "two words" --x="a b"
    env: { A: 1, LIST: [1] }
    env_production: { A: 2 }
    max_restarts: 5
    stop_exit_codes: [3]
    instnces: 2
  - script: redis-server
    instances: -1
    increment_var: PORT
    env: { PORT: 7000 }
  - name: line
    script: "python3 -m http.server"
`,
      '/app/api.py': '',
    },
    { envName: 'production' },
  )
  const [api, redis, line] = got.processes
  expect(api!.definition).toMatchObject({
    name: 'api',
    command: ['python3', '/app/api.py', '--title', 'two words', '--x="a b"'],
    cwd: '/app',
    restart: 'always',
    stopSignal: 'SIGINT',
    stopTimeoutMs: 1600,
    maxRestarts: 5,
    noRestartExit: [3],
  })
  expect(api!.env).toEqual({ A: '2', LIST: '[1]', NODE_APP_INSTANCE: '0', PYTHONUNBUFFERED: '1' })
  expect(redis).toMatchObject({
    definition: { name: 'redis-server', command: ['/usr/bin/redis-server'] },
    instances: 3,
    instanceEnv: [{ PORT: '7000' }, { PORT: '7001' }, { PORT: '7002', NODE_APP_INSTANCE: '2' }],
  })
  expect(line!.definition.command).toEqual(['bash', '-c', 'python3 -m http.server'])
  expect(noteOf(got, 'instnces')).toMatchObject({ verdict: 'ignored', why: 'unknown field; did you mean instances?', line: 9 })
})

test.each([
  ["it's fine", ["it's", 'fine']],
  ['5" disk', ['5"', 'disk']],
  ['--opt "" end', ['--opt', 'end']],
  ['--title "two words" --x="a b"', ['--title', 'two words', '--x="a b"']],
  [`--y='a b' 'c d' e"f`, [`--y='a b'`, 'c d', 'e"f']],
  ['a"b c"d', ['a"b', 'c"d']],
  ['  ', []],
])('pm2 splits %j as args', (text, words) => {
  expect(pm2Words(text)).toEqual(words)
})

test('pm2: a fixed pause, the word null, and what pm2 7 saves of its own', async () => {
  const got = await read({
    '/app/e.yaml': `apps:
  - { name: a, script: redis-server, restart_delay: 3000, env: { NOTHING: null } }
  - { name: b, script: redis-server, restart_delay: 10 }
  - { name: c, script: redis-server, restart_delay: 2s, exp_backoff_restart_delay: 100 }
  - { name: d, script: redis-server, restart_delay: 0 }
`,
  })
  expect(got.processes.map(({ definition }) => definition.restartDelayMs)).toEqual([3000, 100, undefined, undefined])
  expect(got.processes[0]!.env).toMatchObject({ NOTHING: 'null' })
  expect(noteOf(got, 'restart_delay', 'a')).toMatchObject({ verdict: 'kept', became: 'restartDelay' })
  expect(noteOf(got, 'restart_delay', 'b')).toMatchObject({ verdict: 'changed', became: 'restartDelay: 100ms' })
  expect(noteOf(got, 'restart_delay', 'c')!.why).toContain('exp_backoff_restart_delay wins')
  const dump = [
    {
      name: 'w',
      pm_exec_path: '/usr/bin/redis-server',
      pm_cwd: '/',
      exec_interpreter: 'none',
      _tree_pids: [1],
      status: 'online',
    },
  ]
  const files = { '/app/dump.pm2': JSON.stringify(dump), '/usr/bin/redis-server': '' }
  expect((await read(files)).notes.filter(({ verdict }) => verdict === 'ignored')).toEqual([])
})

test('pm2: the instances of a cluster get a port each, where PORT is known; else it is said that all but one may fail', async () => {
  const got = await read({
    '/app/e.yaml': `apps:
  - { name: std, script: a.js, instances: max, exec_mode: cluster, env: { PORT: 3000 } }
  - { name: implied, script: a.js, instances: 2, port: 4000 }
  - { name: hard, script: a.js, instances: 2 }
  - { name: one, script: a.js, exec_mode: cluster, env: { PORT: 5000 } }
  - { name: fork, script: a.js, instances: 2, exec_mode: fork, env: { PORT: 6000 } }
  - { name: full, script: a.js, instances: 4, env: { PORT: 65534 } }
`,
    '/app/a.js': '',
  })
  const ports = got.processes.map(({ env, instances, instanceEnv }) =>
    Array.from({ length: instances }, (_, n) => instanceEnv[n]?.PORT ?? env.PORT ?? null),
  )
  expect(ports).toEqual([
    ['3000', '3000', '3000', '3000'],
    ['4000', '4000'],
    [null, null],
    ['5000'],
    ['6000', '6000'],
    ['65534', '65534', '65534', '65534'],
  ])
  expect(got.processes.map(({ definition }) => definition.sockets?.map(({ port }) => port) ?? [])).toEqual([
    [3000],
    [4000],
    [],
    [],
    [],
    [65_534],
  ])
  expect(noteOf(got, 'exec_mode', 'std')).toMatchObject({
    verdict: 'changed',
    why: '4 processes that share a socket at port 3000, as those of a cluster do',
  })
  expect(noteOf(got, 'instances', 'hard')!.why).toContain(
    'is shared with `sockets: [PORT]` in ptrack.yaml, or all but one fail to listen',
  )
  expect(noteOf(got, 'exec_mode', 'one')!.why).toBe('one process, run by itself')
  expect(noteOf(got, 'instances', 'fork')).toMatchObject({ verdict: 'kept' })
})

test('import speaks of the keys that ptrack.yaml has', async () => {
  const tables = [...PM2_FIELDS, ...PROCESS_COMPOSE_FIELDS, ...SUPERVISORD_FIELDS].map(({ became }) => became ?? '')
  expect(tables.filter((became) => /\w(Ms|Bytes)\b/.test(became))).toEqual([])
})

test('pm2: what was stopped when the dump was written stays so, as with pm2 resurrect', async () => {
  const saved = (name: string, status: string) => ({
    name,
    status,
    pm_exec_path: '/app/w.py',
    pm_cwd: '/srv',
    exec_interpreter: 'python3',
  })
  const lives = [
    saved('on', 'errored'),
    saved('off', 'stopped'),
    ...['stopped', 'online', 'online'].map((now) => saved('some', now)),
  ]
  const got = await read({ '/app/dump.pm2': JSON.stringify(lives), '/app/w.py': '' })
  expect(got.processes.map(({ definition: { name }, autostart, instances }) => [name, autostart, instances])).toEqual([
    ['on', true, 1],
    ['off', false, 1],
    ['some', true, 2],
  ])
  expect(noteOf(got, 'status', 'off')).toMatchObject({ verdict: 'changed', became: 'autostart: false' })
  expect(noteOf(got, 'status', 'some')).toMatchObject({ became: 'instances: 2', why: '1 of 3 were stopped when pm2 saved them' })
})

test('pm2: an environment that no app has is refused where there are others', async () => {
  const text = 'apps:\n  - { script: redis-server, env_production: { A: 1 } }\n  - { name: b, script: redis-server }\n'
  await expect(read({ '/app/e.yaml': text }, { envName: 'prodution' })).rejects.toMatchObject({
    message: 'cannot import /app/e.yaml: no app of it has env_prodution',
    hint: 'there is --env production; nothing was started',
  })
  const without = 'apps:\n  - { script: redis-server }\n'
  expect((await read({ '/app/e.yaml': without }, { envName: 'production' })).processes).toHaveLength(1)
})

test('what is not to be watched is left out of it: ignore_watch of pm2, exclude of process-compose', async () => {
  const pm2 = await read({
    // A RegExp of a JavaScript file arrives as an empty object.
    '/app/e.yaml': `apps:
  - { name: every, script: redis-server, ignore_watch: [logs, ./tmp/, "*.log", {}], watch: true }
  - { name: none, script: redis-server, ignore_watch: logs }
  - { name: odd, script: redis-server, watch: lib, ignore_watch: '[\\\\/]\\./' }
`,
  })
  const watched = ({ processes }: ReadFile) => processes.map(({ definition }) => definition.watchFiles)
  expect(watched(pm2)).toEqual([['**', '!logs', '!tmp', '!*.log'], undefined, ['lib/**']])
  expect(noteOf(pm2, 'ignore_watch', 'every')).toMatchObject({ verdict: 'kept' })
  expect(noteOf(pm2, 'ignore_watch.RegExp', 'every')).toMatchObject({
    verdict: 'ignored',
    why: 'a regular expression; write a glob',
  })
  expect(noteOf(pm2, 'ignore_watch', 'odd')).toMatchObject({ verdict: 'ignored' })
  const composed = await read({
    '/app/process-compose.yaml': `processes:
  go: { command: x, watch: { paths: [{ path: ./src, exclude: ["**/*_test.go"] }, { path: ., include: ["*.mod"], exclude: [x.mod] }] } }
`,
  })
  expect(watched(composed)).toEqual([['./src/**', '!./src/**/*_test.go', '*.mod', '!x.mod']])
  expect(composed.notes.filter(({ verdict }) => verdict === 'ignored')).toEqual([])
})

test('pm2: a dump is many lives of few apps', async () => {
  const life = {
    name: 'w',
    pm_exec_path: '/app/w.py',
    pm_cwd: '/srv',
    args: ['x'],
    exec_interpreter: 'python3',
    env: { K: 'v', w: '{}', PM2_HOME: '/x' },
    namespace: 'default',
    vizion: true,
    merge_logs: true,
    K: 'v',
    status: 'online',
  }
  const got = await read({ '/app/dump.pm2': JSON.stringify([life, { ...life, pm_id: 1 }]), '/app/w.py': '' })
  expect(got.processes).toMatchObject([{ definition: { command: ['python3', '/app/w.py', 'x'], cwd: '/srv' }, instances: 2 }])
  expect(got.processes[0]!.definition.tags).toBeUndefined()
  expect(got.processes[0]!.env).toEqual({ K: 'v', PYTHONUNBUFFERED: '1' })
  expect(got.notes.filter(({ verdict }) => verdict === 'ignored')).toEqual([])
})

test('pm2: an app that would not start there is refused, and says why', async () => {
  await expect(read({ '/app/a.yaml': 'apps: [{ script: gone.js }]' })).rejects.toThrow(
    'neither a file /app/gone.js nor a command',
  )
  await expect(read({ '/app/a.yaml': 'apps: [{ name: x }]' }, { format: 'pm2' })).rejects.toThrow('has no script')
  await expect(read({ '/app/a.yaml': 'apps: [{ script: a.py, kill_timeout: soon }]', '/app/a.py': '' })).rejects.toThrow(
    'kill_timeout',
  )
})

const PROCFILE = 'web: serve $PORT\r\n# note\nworker: work\nnot a line\n'

test('Procfile: ports, formation and .env by the rules of foreman', async () => {
  const files = { '/app/Procfile': PROCFILE, '/app/.env': 'A=\'x y\'\nB="l\\nm"\nPORT=6000\nexport C=1\n' }
  const got = await read(files, { formation: parseFormation('web=2,worker=1') })
  expect(got.processes[0]).toMatchObject({
    definition: { command: ['sh', '-c', 'serve $PORT'], restart: 'on-failure', stopTimeoutMs: 5000 },
    env: { A: 'x y', B: 'l\nm' },
    instanceEnv: [
      { PORT: '6000', PS: 'web.1' },
      { PORT: '6001', PS: 'web.2' },
    ],
  })
  expect(got.processes[1]).toMatchObject({ instances: 1, env: { PORT: '6100', PS: 'worker.1' }, instanceEnv: [] })
  expect(noteOf(got, 'not a line')).toMatchObject({ verdict: 'ignored', line: 4 })
  expect(noteOf(got, '.env')).toMatchObject({ verdict: 'ignored', line: 4 })
  const few = await read(files, { formation: parseFormation('web=1') })
  expect(few.processes.map(({ definition }) => definition.name)).toEqual(['web'])
})

test('Procfile: overmind wants a blank, counts by ten and starts what is not listed', async () => {
  const got = await read(
    { '/app/Procfile': 'a:x\nb: y\nc: z\n' },
    { like: 'overmind', formation: parseFormation('c=2') },
    { PORT: '9000' },
  )
  expect(
    got.processes.map(({ definition, env, instanceEnv }) => [definition.name, definition.stopSignal, env, instanceEnv]),
  ).toEqual([
    ['b', 'SIGINT', { PORT: '9000' }, []],
    ['c', 'SIGINT', { PORT: '9100' }, [{ PORT: '9100' }, { PORT: '9110' }]],
  ])
  await expect(read({ '/app/Procfile': 'a: x\na: y\n' })).rejects.toThrow('names a again')
  expect(() => parseFormation('web')).toThrow('no NAME=COUNT')
})

test('pm2: the variables of deploy.ENV.env are below those of the apps, with --env ENV alone', async () => {
  const file = {
    '/app/e.yaml': `apps:
  - { name: web, script: redis-server, env: { B: app }, env_production: { C: chosen } }
deploy:
  production: { host: h, env: { A: deployed, B: deployed, C: deployed, N: { x: 1 } } }
  staging: { host: h, env: { A: staged } }
  bare: { host: h }
`,
  }
  const produced = await read(file, { envName: 'production' })
  expect(produced.processes[0]!.env).toMatchObject({ A: 'deployed', B: 'app', C: 'chosen', N: '{"x":1}' })
  expect(noteOf(produced, 'deploy.production.env')).toMatchObject({ verdict: 'kept', became: 'env' })
  expect(noteOf(produced, 'deploy')).toMatchObject({ verdict: 'ignored' })
  const staged = await read(file, { envName: 'staging' })
  expect(staged.processes[0]!.env).toMatchObject({ A: 'staged', B: 'app' })
  expect(noteOf(staged, 'env', 'web')).toMatchObject({ verdict: 'kept' })
  expect((await read(file, {})).processes[0]!.env).not.toHaveProperty('A')
  await expect(read(file, { envName: 'bare' })).rejects.toMatchObject({
    hint: expect.stringContaining('--env production, --env staging'),
  })
  const odd = { '/app/e.yaml': 'apps: [{ script: redis-server }]\ndeploy: { production: { env: [1] } }\n' }
  await expect(read(odd, { envName: 'production' })).rejects.toMatchObject({ code: 'BAD_FILE' })
})

test('process-compose: however it ended, and what wants the terminal', async () => {
  const got = await read({
    '/app/process-compose.yaml': `processes:
  init: { command: x }
  tidy: { command: y, depends_on: { init: { condition: process_completed } } }
  shell: { command: bash, is_foreground: true }
`,
  })
  const by = Object.fromEntries(got.processes.map((one) => [one.definition.name, one]))
  expect(by.tidy!.definition.after).toEqual([{ name: 'init', condition: 'ended' }])
  expect(noteOf(got, 'depends_on', 'tidy')).toMatchObject({ verdict: 'kept', why: null })
  expect(by.shell).toMatchObject({ autostart: false, definition: { tty: true } })
  expect(noteOf(got, 'is_foreground', 'shell')).toMatchObject({ verdict: 'kept' })
})

test('pm2: a filtered environment and a name with its environment', async () => {
  const got = await read(
    {
      '/app/a.yaml': `apps:
  - { name: web, script: a.py, append_env_to_name: true, filter_env: [KEY, HOME], env: { HOME: /x }, env_prod: { A: 1 } }
  - { name: one, script: a.py, filter_env: TOKEN }
  - { name: all, script: a.py, filter_env: true }
`,
      '/app/a.py': '',
    },
    { envName: 'prod' },
    { API_KEY: 'x', KEYS: 'y', TOKEN: 'z' },
  )
  expect(got.processes.map(({ definition }) => [definition.name, ...definition.command])).toEqual([
    ['web-prod', 'env', '-u', 'API_KEY', '-u', 'KEYS', 'python3', '/app/a.py'],
    ['one', 'env', '-u', 'TOKEN', 'python3', '/app/a.py'],
    ['processall', 'python3', '/app/a.py'],
  ])
})

test('Procfile: .foreman and the variables of overmind are read beside it', async () => {
  const procfile = { '/app/Procfile': 'web: serve\nworker: work\nother: x\n' }
  const foreman = await read({
    ...procfile,
    '/app/.foreman': 'port: 7000\nformation: "web=2"\nenv: a.env,b.env\ntimeout: 9\nroot: /tmp\n',
    '/app/a.env': 'A=1\nB=1',
    '/app/b.env': 'B=2',
  })
  expect(foreman.processes).toMatchObject([
    {
      definition: { name: 'web', stopTimeoutMs: 9000 },
      env: { A: '1', B: '2' },
      instanceEnv: [{ PORT: '7000' }, { PORT: '7001' }],
    },
  ])
  expect(noteOf(foreman, '.foreman root')).toMatchObject({ verdict: 'ignored' })
  const overmind = await read(
    { ...procfile, '/home/u/.overmind.env': '', '/app/.overmind.env': '' },
    { like: 'overmind' },
    {
      OVERMIND_PORT: '8000',
      OVERMIND_PORT_STEP: '10',
      OVERMIND_FORMATION: 'web=2',
      OVERMIND_FORMATION_PORT_STEP: '1',
      OVERMIND_IGNORED_PROCESSES: 'other',
      OVERMIND_STOP_SIGNALS: 'worker=TERM',
      OVERMIND_SHELL: 'bash',
      OVERMIND_CAN_DIE: 'web',
    },
  )
  expect(overmind.processes).toMatchObject([
    { definition: { name: 'web', command: ['bash', '-c', 'serve'] }, instanceEnv: [{ PORT: '8000' }, { PORT: '8001' }] },
    { definition: { name: 'worker', stopSignal: 'SIGTERM' }, env: { FROM: '/app/.overmind.env', PORT: '8010' } },
  ])
  expect(overmind.notes.filter(({ verdict }) => verdict === 'ignored').map(({ field }) => field)).toEqual(['OVERMIND_CAN_DIE'])
  await expect(read(procfile, { like: 'overmind' }, { OVERMIND_STOP_SIGNALS: 'web=HUH' })).rejects.toThrow('no NAME=SIGNAL')
  await expect(read({ ...procfile, '/app/.foreman': 'env: gone.env' })).rejects.toThrow('/app/gone.env: there is no such file')
  await expect(read({ ...procfile, '/app/.foreman': '- a' })).rejects.toThrow('no map of options')
})

test('process-compose: conditions, probes, kinds and expansion', async () => {
  const got = await read(
    {
      '/app/process-compose.yaml': `environment: [P=1, Q=1]
vars: { WHO: you }
processes:
  db:
    command: serve $$HOME $USER \${HOME}\${NONE}
    availability: { restart: always }
    readiness_probe:
      http_get: { num_port: 8080, path: ok }
      period_seconds: 2
    shutdown: { signal: 2, timeout_seconds: 4 }
  init:
    command: echo {{ .WHO }}
    environment: [Q=2]
    availability: { restart: on_failure, max_restarts: 3, backoff_seconds: 2 }
    depends_on: { db: { condition: process_healthy } }
  app:
    command: run {{.PC_REPLICA_NUM}}
    ready_log_line: up and (running
    replicas: 2
    depends_on:
      init: { condition: process_completed_successfully }
      db: {}
  tidy:
    command: tidy
    schedule: { interval: 10m }
    depends_on: { init: { condition: process_completed } }
  off: { command: x, disabled: true, is_tty: true }
  last: { command: x, depends_on: { app: {}, app-1: {} } }
`,
    },
    {},
  )
  const by = Object.fromEntries(got.processes.map((one) => [one.definition.name, one]))
  expect(by.db!.definition).toMatchObject({
    kind: 'service',
    command: ['bash', '-c', 'serve $HOME $USER /home/u'],
    health: { kind: 'http', url: 'http://127.0.0.1:8080/ok' },
    healthPeriodMs: 2000,
    healthTimeoutMs: 1000,
    restartUnhealthy: true,
    stopSignal: 'SIGINT',
    stopTimeoutMs: 4000,
  })
  expect(by.init).toMatchObject({
    definition: {
      kind: 'job',
      command: ['bash', '-c', 'echo you'],
      retries: 3,
      retryInitialMs: 2000,
      retryFactor: 1,
      timeoutMs: null,
    },
    env: { P: '1', Q: '2' },
  })
  expect(by.init!.definition.after).toEqual([{ name: 'db', condition: 'healthy' }])
  expect(by.app).toMatchObject({
    definition: { kind: 'service', restart: 'never', health: { kind: 'log', pattern: 'up and \\(running' } },
    instances: 2,
    instanceEnv: [
      { PC_REPLICA_NUM: '0', PC_PROC_NAME: 'app-0' },
      { PC_REPLICA_NUM: '1', PC_PROC_NAME: 'app-1' },
    ],
    instanceOwn: [{ command: ['bash', '-c', 'run 0'] }, { command: ['bash', '-c', 'run 1'] }],
  })
  expect(by.last!.definition.after).toEqual([
    { name: 'app', condition: 'started' },
    { name: 'app:1', condition: 'started' },
  ])
  expect(by.tidy!.definition).toMatchObject({ kind: 'job', cron: '*/10 * * * *', after: [{ name: 'init', condition: 'ended' }] })
  expect(by.off!.autostart).toBe(false)
  expect(noteOf(got, 'depends_on', 'tidy')).toMatchObject({ verdict: 'kept' })
  expect(noteOf(got, 'is_tty')).toMatchObject({ verdict: 'kept', became: 'tty', line: 27 })
  expect(by.off!.definition.tty).toBe(true)
})

test('process-compose: pauses, and a probe that never passes, are counted as there', async () => {
  const got = await read({
    '/app/compose.yaml': `is_strict: true
processes:
  slow: { command: x, availability: { restart: always, backoff_seconds: 300 } }
  usual: { command: x, availability: { restart: on_failure, max_restarts: 2 } }
  quick: { command: x, availability: { restart: always, backoff_seconds: 0 } }
  vital: { command: x, availability: { restart: exit_on_failure }, readiness_probe: { exec: { command: t } } }
  once: { command: x, availability: { restart: exit_on_failure } }
  job: { command: x, availability: { restart: on_failure, max_restarts: 2, backoff_seconds: 5 } }
  after: { command: x, depends_on: { job: { condition: process_completed_successfully }, once: { condition: process_completed_successfully } } }
  probed: { command: x, readiness_probe: { exec: { command: t }, period_seconds: 1, failure_threshold: 2 } }
  late: { command: x, readiness_probe: { exec: { command: t }, initial_delay_seconds: 5 } }
`,
  })
  const by = Object.fromEntries(got.processes.map((one) => [one.definition.name, one.definition]))
  expect(['slow', 'usual', 'quick', 'job'].map((name) => by[name]!.restartDelayMs)).toEqual([300_000, 1000, 100, undefined])
  expect(by.job).toMatchObject({ kind: 'job', retries: 2, retryInitialMs: 5000 })
  expect([by.probed!.readyTimeoutMs, by.late!.readyTimeoutMs]).toEqual([2000, 35_000])
  expect(noteOf(got, 'availability', 'slow')).toMatchObject({ verdict: 'kept' })
  expect(noteOf(got, 'availability', 'usual')!.why).toBe('max_restarts counts failures inside 10 minutes')
  expect(noteOf(got, 'availability', 'job')).toMatchObject({ verdict: 'kept', why: null })
  expect(by.vital).toMatchObject({ restart: 'never', critical: true })
  expect(noteOf(got, 'availability', 'vital')!.why).toBe(
    'the others end with it in `ptrack runtime` only; they do so when it ends well, too',
  )
  // Its success would end all.
  expect([by.once!.kind, by.once!.critical]).toEqual(['job', undefined])
  expect(noteOf(got, 'availability', 'once')!.why).toBe('one that fails does not end the others')
  expect(noteOf(got, 'is_strict')).toMatchObject({ verdict: 'changed' })
})

test('process-compose: what it loads is read: a key with nothing behind it, an env_file that is missing', async () => {
  const got = await read({
    '/app/compose.yaml': `processes:
  a:
    command: x
    env_file: gone.env
    availability:
      restart: always
      backoff_seconds:
`,
  })
  expect(got.processes[0]!.definition).toMatchObject({ restart: 'always', restartDelayMs: 1000 })
  expect(noteOf(got, 'env_file')).toMatchObject({ verdict: 'ignored', why: 'there is no /app/gone.env' })
  await expect(read({ '/app/compose.yaml': 'processes:\n  a:\n' })).rejects.toThrow('a: null is not an object')
})

test('process-compose: a log line beside a probe is not lost silently, nor that there is nothing to wait for', async () => {
  const got = await read({
    '/app/compose.yaml': `processes:
  both: { command: x, ready_log_line: up, readiness_probe: { exec: { command: t } } }
  bare: { command: x }
  a: { command: x, depends_on: { both: { condition: process_healthy } } }
  b: { command: x, depends_on: { bare: { condition: process_log_ready } } }
`,
  })
  expect(got.processes[0]!.definition.health).toMatchObject({ kind: 'exec' })
  expect(noteOf(got, 'ready_log_line')).toMatchObject({ verdict: 'ignored' })
  expect(noteOf(got, 'depends_on', 'a')).toMatchObject({ verdict: 'kept' })
  expect(noteOf(got, 'depends_on', 'b')).toMatchObject({
    verdict: 'changed',
    why: 'bare has no ready_log_line: its start is all that is waited for',
  })
})

test('process-compose: files and processes extend each other, and an override lies over them', async () => {
  const got = await read({
    '/app/compose.yaml': `extends: base/pc.yaml
environment: [A=2]
processes:
  web: { extends: common, command: web, environment: ["URL=http://x?a=b"], depends_on: { db: {} } }
`,
    '/app/base/pc.yaml': `environment: [A=1, B=1]
processes:
  db: { command: db, working_dir: data }
  common: { command: nothing, disabled: true, environment: [C=1, URL=], availability: { restart: always } }
`,
    '/app/compose.override.yaml': 'processes: { web: { environment: [C=3], disabled: false }, db: { command: other } }',
  })
  expect(got.processes.map(({ definition: { name, command, cwd }, env }) => [name, command[2], cwd, env])).toEqual([
    ['db', 'other', '/app/base/data', expect.objectContaining({ A: '2', B: '1' })],
    ['common', 'nothing', '/app/base', expect.objectContaining({ C: '1' })],
    ['web', 'web', '/app/base', expect.objectContaining({ A: '2', C: '3', URL: 'http://x?a=b' })],
  ])
  expect(got.processes[2]).toMatchObject({ autostart: true, definition: { restart: 'always' } })
  expect(noteOf(got, 'compose.override.yaml')).toMatchObject({ verdict: 'kept' })
  const circle = 'processes:\n  a: { extends: b }\n  b: { extends: a }\n'
  await expect(read({ '/app/compose.yml': circle })).rejects.toThrow('a extends b extends a')
  await expect(read({ '/app/compose.yml': 'extends: compose.yml\nprocesses: {}\n' })).rejects.toThrow('extends itself')
  const procfile = readImport('/app/Procfile', plain, world({ '/app/Procfile': 'a: b', '/app/b': '' }), ['/app/b'])
  await expect(procfile).rejects.toThrow('only those of process-compose')
})

test('process-compose: what a part of a field loses is told by itself, and templates reach the probe', async () => {
  const got = await read({
    '/app/compose.yaml': `vars: { PORT: 80 }
processes:
  web:
    command: run {{ .PORT }} "{{ or .X 1 }}"
    readiness_probe:
      http_get: { port: "{{.PORT}}{{.PC_REPLICA_NUM}}", headers: { a: b } }
    shutdown: { parent_only: true, command: bye }
    availability: { restart: always, exit_on_end: true, exit_on_skipped: false }
    replicas: 2
  tick:
    command: x
    schedule: { cron: "0 3 * * *", timezone: Antarctica/Troll, run_on_start: true }
  probe:
    command: x
    is_template_disabled: true
    readiness_probe: { exec: { command: "test -e a; true", working_dir: /b c } }
`,
    '/app/.pc_env': '',
  })
  const by = Object.fromEntries(got.processes.map((one) => [one.definition.name, one]))
  expect(by.web!.instanceOwn!.map(({ health }) => health)).toMatchObject([
    { url: 'http://127.0.0.1:800/' },
    { url: 'http://127.0.0.1:801/' },
  ])
  expect(by.probe!.definition.health).toEqual({ kind: 'exec', command: "cd '/b c' && { test -e a; true\n}" })
  expect(by.web!.definition).toMatchObject({ stopScope: 'main', preStop: 'bye', critical: true })
  expect(noteOf(got, 'availability')!.why).toBe('the others end with it in `ptrack runtime` only')
  expect(by.tick!.env).toMatchObject({ FROM: '/app/.pc_env' })
  const lost = got.notes.filter(({ verdict }) => verdict === 'ignored')
  expect(lost.map(({ process, field }) => `${process} ${field}`)).toEqual([
    'web readiness_probe.http_get.headers',
    'web template',
    'tick schedule.timezone',
    'tick schedule.run_on_start',
  ])
})

test('process-compose: ${NAME} and its default are expanded, and nothing else', () => {
  const expanded = (text: string): string => expandVariables(text, { A: 'xyz', EMPTY: '' }, '/app/compose.yml')
  expect(expanded('a $A ${A} $$A $${A} ${NO}${NO:-d e}${EMPTY:-f}${A:-g}')).toBe('a $A xyz $A ${A} d efxyz')
  for (const other of ['${A^^}', '${#A}', '${A:1}', '${A##*/}', '${A/x/y}', '${A:-${NO}}', '${A'])
    expect(() => expanded(`x ${other} y`)).toThrow('cannot import /app/compose.yml: ${')
})

test('process-compose: what is waited for has to be there', async () => {
  const broken = 'processes:\n  a: { command: x, depends_on: { b: { condition: process_healthy } } }\n'
  await expect(read({ '/app/compose.yml': broken })).rejects.toThrow('depends on b, which is not in it')
  await expect(read({ '/app/compose.yml': 'processes: [' })).rejects.toThrow('cannot import /app/compose.yml')
})

test('supervisord: groups, includes, expansions, and the order of priority', async () => {
  const got = await read({
    '/app/supervisord.conf': `[supervisord]
environment=ALL="1"
[include]
files = conf.d/*.conf
[program:v]
command=show %(ENV_ALL)s %(ENV_OWN)s
environment=OWN="%(ENV_ALL)s2"
priority=1001
[program:late]
command = run %(program_name)s "%(here)s" ; a note
autorestart=true
priority=1000
[group:both]
programs=late,w
`,
    '/app/conf.d/w.conf': `[program:w]
command=work --n %(process_num)02d %(ENV_HOME)s
process_name=%(program_name)s_%(process_num)02d
numprocs=2
environment=A="x,y",
  B=%(process_num)d
exitcodes=0,2
stopsignal=QUIT
stdout_logfile=/tmp/%(program_name)s.log
typo=1
`,
  })
  expect(got.processes[0]).toMatchObject({
    instances: 2,
    instanceEnv: [{ B: '0' }, { B: '1' }],
    instanceOwn: [{ command: ['work', '--n', '00', '/home/u'] }, { command: ['work', '--n', '01', '/home/u'] }],
  })
  expect(noteOf(got, 'process_name')).toMatchObject({ verdict: 'changed', why: 'w_00 is w:0; w means all of them' })
  expect(got.processes.map(({ definition, env }) => ({ ...definition, env }))).toMatchObject([
    { name: 'w', tags: ['both'], restart: 'on-failure', okExit: [0, 2], stopSignal: 'SIGQUIT', env: { ALL: '1', A: 'x,y' } },
    { name: 'late', command: ['run', 'late', '/app'], restart: 'always' },
    { name: 'v', command: ['show', '1', '12'], env: { ALL: '1', OWN: '12' } },
  ])
  expect(noteOf(got, 'typo')).toMatchObject({ verdict: 'ignored', line: 10 })
  expect(noteOf(got, 'stdout_logfile')).toMatchObject({ verdict: 'kept', became: 'outFile: /tmp/w.log' })
})

test('supervisord: comments behind values, a section that comes twice, and numbers of the environment', async () => {
  const got = await read(
    {
      '/app/s.conf': `[program:nginx]
command=nginx -g "daemon off;" # Run Nginx
user=www-data # me
[program:w]
command=w#1 x ; note # more
numprocs=%(ENV_WORKERS)s
process_name=%(program_name)s_%(process_num)d
[program:nginx]
autorestart=true
user=nobody
`,
    },
    {},
    { WORKERS: '2' },
  )
  const by = Object.fromEntries(got.processes.map((one) => [one.definition.name, one.definition]))
  expect(by.nginx).toMatchObject({ command: ['nginx', '-g', 'daemon off;'], user: 'nobody', restart: 'always' })
  expect(got.processes.find(({ definition }) => definition.name === 'w')).toMatchObject({
    instances: 2,
    definition: { command: ['w#1', 'x'] },
  })
  expect(noteOf(got, 'user')).toMatchObject({ verdict: 'changed', why: expect.stringContaining('HOME, USER and LOGNAME') })
  expect(noteOf(got, 'SUPERVISOR_*')).toMatchObject({ verdict: 'changed' })
})

test('supervisord: what it would refuse is refused', async () => {
  const conf = (lines: string) => read({ '/app/supervisord.conf': `[program:x]\n${lines}\n` })
  await expect(conf('command=a\nnumprocs=2')).rejects.toThrow('process_name tells them not apart')
  await expect(conf('command=a %(nothing)s')).rejects.toThrow('nothing is known for %(nothing)s')
  await expect(conf('directory=/')).rejects.toThrow('has no command')
  await expect(conf('command=a "b')).rejects.toThrow('never closed')
})

test('mistakes of YAML are told with their place, and in words that help', async () => {
  const refused = (file: string, text: string) =>
    expect(read({ [`/app/${file}`]: text })).rejects.toMatchObject({ code: 'BAD_FILE' as const })
  await refused('pm2.yaml', 'apps:\n\t- script: x\n')
  await expect(read({ '/app/pm2.yaml': 'apps:\n  - script: x\n---\napps: []\n' })).rejects.toThrow(
    '/app/pm2.yaml:3:1: a second document begins here',
  )
  await expect(read({ '/app/compose.yaml': 'processes:\n  a: { command: x\n' })).rejects.toThrow(
    /^cannot import \/app\/compose.yaml:3:1: /,
  )
  const bomb = ['a: &a [x, x, x, x, x, x, x, x, x, x]']
  for (const [from, to] of ['ab', 'bc', 'cd', 'de', 'ef']) bomb.push(`${to}: &${to} [${Array(10).fill(`*${from}`).join()}]`)
  await expect(read({ '/app/compose.yaml': `${bomb.join('\n')}\nprocesses: { p: { command: *f } }\n` })).rejects.toThrow(
    'its aliases stand for too many values',
  )
})

test('a group of supervisord that names no program is refused, as supervisord does it', async () => {
  await expect(read({ '/app/s.conf': '[group:g]\nprograms=a,zz\n[program:a]\ncommand=x\n' })).rejects.toThrow(
    'cannot import /app/s.conf: [group:g] names zz, which is no program of it',
  )
})

test('a PORT that is none is reported with the place it comes from', async () => {
  await expect(read({ '/app/Procfile': 'a: x\n', '/app/.env': 'PORT=http\n' })).rejects.toThrow(
    'PORT of .env: "http" is no number',
  )
  await expect(read({ '/app/Procfile': 'a: x\n' }, {}, { PORT: 'http' })).rejects.toThrow('PORT of the shell')
})
