/** Units as systemd itself reads them. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { FileProcess } from '../../src/files/file-process.ts'
import { procfileText } from '../../src/files/procfile-text.ts'
import { systemdUnits } from '../../src/files/systemd-units.ts'
import { testNeeding } from '../support/requires.ts'

const one = (definition: Partial<FileProcess['definition']>, more: Partial<FileProcess> = {}): FileProcess => ({
  definition: { name: 'web', command: ['/bin/sleep', '3600'], cwd: '/', ...definition },
  env: {},
  cleanEnv: false,
  instances: 1,
  autostart: true,
  instanceEnv: [],
  ...more,
})

const odd = one(
  {
    command: ['/bin/echo', 'a "b" $HOME %h \\', ''],
    title: '100% of it',
    ports: [3000],
    stopTimeoutMs: 2500,
    stopSignal: 'SIGINT',
    restart: 'on-failure',
    maxRestarts: 3,
    maxMemoryBytes: 1024 ** 3,
    umask: '22',
    ulimits: { nofile: '4096:unlimited' },
    okExit: [0, 3],
    after: [{ name: 'db', condition: 'healthy' }],
  },
  { env: { A: 'x y "z" $1 50% \\' }, instances: 2 },
)

test('a service is a hardened unit, each instance one of its own, a job none', () => {
  const { units, notes } = systemdUnits([one({ name: 'db' }), odd, one({ name: 'import', kind: 'job' })])
  expect(units.map(({ file }) => file)).toEqual(['db.service', 'web-0.service', 'web-1.service'])
  expect(notes).toEqual(['import is a job: it has no unit'])
  const { text } = units[2]!
  for (const line of [
    'ExecStart="/bin/echo" "a \\"b\\" $$HOME %%h \\\\" ""',
    'Environment="A=x y \\"z\\" $1 50%% \\\\"',
    'Environment="PORT=3001"',
    'Description=100%% of it',
    'After=db.service',
    'Restart=on-failure',
    'StartLimitBurst=3',
    'TimeoutStopSec=2.5',
    'KillSignal=SIGINT',
    'MemoryMax=1073741824',
    'UMask=0022',
    'LimitNOFILE=4096:infinity',
    'SuccessExitStatus=0 3',
    'NoNewPrivileges=yes',
    'ProtectSystem=full',
  ])
    expect(text.split('\n')).toContain(line)
})

test('a stop reaches the whole tree as it does here, a directory below /tmp is found, and a wait that is lost is told', () => {
  const linesOf = (definition: Partial<FileProcess['definition']>): string[] =>
    systemdUnits([one(definition)]).units[0]!.text.split('\n')
  expect(linesOf({})).toEqual(expect.arrayContaining(['KillMode=mixed', 'PrivateTmp=yes']))
  expect(linesOf({ leftovers: 'keep' })).toContain('KillMode=process')
  expect(linesOf({})).toContain('RestartSec=1')
  expect(linesOf({ restartDelayMs: 2500 })).toContain('RestartSec=2.5')
  expect(linesOf({ cwd: '/tmp/app' }).join()).not.toContain('PrivateTmp')
  const { notes } = systemdUnits([one({ name: 'job', kind: 'job' }), one({ after: [{ name: 'job', condition: 'done' }] })])
  expect(notes).toEqual(['job is a job: it has no unit', 'web: it does not wait for job, which has no unit'])
})

test('two names that would be one unit are two, and who waits for instances waits for each', () => {
  const processes = [
    one({ name: 'a' }, { instances: 2 }),
    one({ name: 'a-0' }),
    one({ name: 'b', after: [{ name: 'a', condition: 'started' }] }),
  ]
  const { units } = systemdUnits(processes)
  expect(units.map(({ file }) => file)).toEqual(['a-0-2.service', 'a-1.service', 'a-0.service', 'b.service'])
  const lines = units[3]!.text.split('\n').filter((line) => /^(After|Wants)=a/.test(line))
  expect(lines).toEqual(['After=a-0-2.service', 'Wants=a-0-2.service', 'After=a-1.service', 'Wants=a-1.service'])
})

const sharing = one(
  {
    name: 'app',
    command: ['uvicorn', '--fd', '{fd}'],
    sockets: [
      { name: '3000', port: 3000 },
      { name: 'admin', path: '/run/a%.sock', mode: '660', owner: 'root:root', backlog: 7 },
    ],
  },
  { instances: 2 },
)

test('shared sockets are units that the services of all instances inherit', () => {
  const named = one({ name: 'named', sockets: [{ name: 'x', port: 80, host: 'example.org' }], preload: false })
  const local = one({ name: 'local', sockets: [{ name: 'y', port: 81, host: '::1' }], preload: false })
  const { units, notes } = systemdUnits([sharing, named, local])
  expect(units.map(({ file }) => file)).toEqual([
    'app-0.service',
    'app-1.service',
    'named.service',
    'local.service',
    'app-3000.socket',
    'app-admin.socket',
    'local.socket',
  ])
  expect(units[1]!.text.split('\n')).toEqual(
    expect.arrayContaining(['Sockets=app-3000.socket', 'Requires=app-admin.socket', 'Environment="PORT=3000"']),
  )
  expect(units[1]!.text).toContain('"--fd" "3"')
  expect(units[5]!.text.split('\n')).toEqual(
    expect.arrayContaining([
      'ListenStream=/run/a%%.sock',
      'FileDescriptorName=admin',
      'SocketMode=0660',
      'SocketUser=root',
      'SocketGroup=root',
      'Backlog=7',
      'Service=app-0.service',
    ]),
  )
  expect(units[6]!.text).toContain('\nListenStream=[::1]:81\n')
  expect(notes).toEqual([
    'named: its socket x has no unit: systemd takes numbers, not example.org',
    'app: systemd hands on its socket by LISTEN_FDS alone, so a Node program has to listen on { fd: 3 }',
  ])
})

testNeeding('systemd-analyze')('systemd has nothing against the units', () => {
  const dir = mkdtempSync(join(tmpdir(), 'ptrack-units-'))
  try {
    const { units } = systemdUnits([one({ name: 'db' }), odd, sharing])
    const paths = units.map(({ file, text }) => {
      writeFileSync(join(dir, file), text)
      return join(dir, file)
    })
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', ...paths], { encoding: 'utf8' })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
})

test('a Procfile has a line for the shell, and what it cannot say is told', () => {
  const { text, notes } = procfileText([
    one({ command: ['printf', '%s', "it's"], cwd: '/a b', tags: ['x'] }, { env: { A: '1' } }),
  ])
  expect(text).toBe("web: cd '/a b' && printf %s 'it'\\''s'\n")
  expect(notes).toEqual(['web: a Procfile cannot say tags, env (A)'])
  const line = procfileText([one({ command: ['printf', '%s', "it's"] })]).text.slice('web: '.length)
  expect(execFileSync('/bin/sh', ['-c', line], { encoding: 'utf8' })).toBe("it's")
})

test('the commands around a run, with the pid of the program as systemd names it', () => {
  const definition = {
    name: 'a',
    preStart: 'test "$A" = 1',
    postStart: 'true',
    preStop: 'kill -USR1 $PTRACK_PID',
    postStop: 'rm x',
  }
  const [unit] = systemdUnits([one({ ...definition, lifecycleTimeoutMs: 5000 })]).units
  expect(
    unit!.text.split('\n').filter((line) => /^(ExecSt(art|op).+|TimeoutStart)/.test(line) && !line.startsWith('ExecStart=')),
  ).toEqual([
    'ExecStartPre=/bin/sh -c "test \\"$$A\\" = 1"',
    'ExecStartPost=/bin/sh -c "true"',
    'ExecStop=/bin/sh -c "kill -USR1 $$MAINPID"',
    'ExecStopPost=/bin/sh -c "rm x"',
    'TimeoutStartSec=5',
  ])
})
