/** up, down, validate and export through the real CLI and daemon. */
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { ProcessView } from '../../src/protocol/view.ts'
import { cliFile } from '../support/bundle.ts'
import { type TestHome, testHome } from '../support/daemon.ts'
import { emptied } from '../support/shared-home.ts'

let t: TestHome
let dir: string
beforeAll(async () => {
  t = await testHome()
})
beforeEach(() => {
  dir = join(t.dir, 'project')
  mkdirSync(join(dir, 'below'), { recursive: true })
})
afterEach(() => emptied(t))
afterAll(() => t.close())

const put = (text: string): void => writeFileSync(join(dir, 'ptrack.yaml'), text)
const here = {
  get cwd() {
    return dir
  },
}
const names = async (): Promise<string[]> => (await t.here.json<ProcessView[]>(['ls', '--all'])).map(({ name }) => name).sort()

const TWO = `processes:
  db: { command: sleep 3600, env: { A: 1, SECRET: s3cret } }
  web: { command: sleep 3600, after: db:started, instances: 2 }
`

test('--prune with --only is refused: nothing is known of what left', async () => {
  put(TWO)
  const { code, stderr } = await t.here.run(['up', '--only', 'db', '--prune'], here)
  expect([code, stderr]).toEqual([2, expect.stringMatching(/^ptrack: cannot prune with --only: .*; leave out one of the two\n$/)])
  expect(await names()).toEqual([])
})

test('twice up is once up; a change restarts what changed, --prune deletes what left', async () => {
  put(TWO)
  const dry = await t.here.ok(['up', '--dry-run'], here)
  expect(dry.stdout).toBe('+ db   new\n+ web  new\n')
  expect(await names()).toEqual([])
  const first = await t.here.ok(['up'], { cwd: join(dir, 'below') })
  expect(first.stderr).toBe(`ptrack: there is no ptrack.yaml here; this is about ${join(dir, 'ptrack.yaml')}\n`)
  expect(first.stdout).toMatch(
    /^\+ db {3}new\n\+ web {2}new\ndb started \(pid \d+\)\nweb:0 started \(pid \d+\)\nweb:1 started \(pid \d+\)\n$/,
  )
  const pids = async () => (await t.here.json<ProcessView[]>(['ls'])).map(({ name, pid }) => [name, pid])
  const before = await pids()
  expect((await t.here.ok(['up'], here)).stdout).toBe('= db   unchanged\n= web  unchanged\n')
  expect(await pids()).toEqual(before)

  put(TWO.replace('A: 1, SECRET: s3cret', 'SECRET: other').replace('instances: 2', 'instances: 3, maxMemory: 512M'))
  const changed = await t.here.ok(['up'], here)
  expect(changed.stdout).toContain('~ db   changed, is reloaded\n    env.A: set -> none\n    env.SECRET: set -> another value\n')
  expect(changed.stdout).toContain('~ web  changed\n    maxMemory: none -> 512M\n    instances: 2 -> 3\n')
  expect(changed.stdout).not.toContain('s3cret')
  expect((await t.here.ok(['env', 'db', '--reveal'])).stdout).toMatch(/^SECRET=other$/m)
  expect((await t.here.ok(['env', 'db', '--reveal'])).stdout).not.toMatch(/^A=/m)
  const after = new Map((await t.here.json<ProcessView[]>(['ls'])).map(({ name, pid }) => [name, pid]))
  expect([...after.keys()].sort()).toEqual(['db', 'web:0', 'web:1', 'web:2'])
  const had = new Map(before as [string, number][])
  expect(after.get('web:0')).toBe(had.get('web:0'))
  expect(after.get('db')).not.toBe(had.get('db'))
  expect((await t.here.ok(['up'], here)).stdout).toBe('= db   unchanged\n= web  unchanged\n')

  await t.here.ok(['start', '--name', 'stranger', '--', 'sleep', '3600'])
  put('processes:\n  db: { command: sleep 3600, env: { SECRET: other } }\n')
  expect((await t.here.ok(['up'], here)).stdout).toBe('= db   unchanged\n- web  leaving, stays; --prune deletes it\n')
  await t.here.ok(['up', '--prune'], here)
  expect(await names()).toEqual(['db', 'stranger'])
})

test('who waits starts after what it waits for and stops before it', async () => {
  put(`processes:
  last: { command: sleep 3600, after: { middle: done } }
  middle: { kind: job, command: "echo done", after: first:started }
  first: { command: sleep 3600 }
  other: { command: sleep 3600 }
`)
  await t.here.ok(['up', '--only', 'last'], here)
  await t.until(async () => (await t.ls('last'))?.status === 'running', 'last runs')
  expect(await names()).toEqual(['first', 'last', 'middle'])
  const [first, middle, last] = await Promise.all(['first', 'middle', 'last'].map((name) => t.ls(name)))
  expect(Date.parse(middle!.startedAt!)).toBeGreaterThanOrEqual(Date.parse(first!.startedAt!))
  expect(Date.parse(last!.startedAt!)).toBeGreaterThanOrEqual(Date.parse(middle!.endedAt!))
  await t.here.ok(['down'], here)
  const [one, three] = await Promise.all(['first', 'last'].map((name) => t.ls(name)))
  expect([one!.status, three!.status]).toEqual(['stopped', 'stopped'])
  expect(Date.parse(one!.endedAt!)).toBeGreaterThanOrEqual(Date.parse(three!.endedAt!))
  // What was stopped comes up again; a job that is done stays done.
  expect((await t.here.ok(['up', '--only', 'last'], here)).stdout).toContain('= middle  unchanged\n')
  await t.here.ok(['down', '--delete'], here)
  expect(await names()).toEqual([])
})

test('a mistake in the file changes nothing and says where it is', async () => {
  if (t.daemon()) await t.killDaemon()
  put('processes:\n  web: { command: sleep 3600, restrat: always, prot: 3 }\n')
  const up = await t.here.run(['up'], here)
  expect(up).toMatchObject({
    code: 2,
    stdout: '',
    stderr: `ptrack: cannot read ${dir}/ptrack.yaml:2:31: \`restrat\` is no key of a process; did you mean \`restart\`?; 1 more: \`ptrack validate\` lists all\n`,
  })
  const validate = await t.here.run(['validate'], here)
  expect(validate).toMatchObject({ code: 2, stdout: '' })
  expect(validate.stderr).toBe(
    `ptrack: ${dir}/ptrack.yaml:2:31: \`restrat\` is no key of a process; did you mean \`restart\`?\n` +
      `ptrack: ${dir}/ptrack.yaml:2:48: \`prot\` is no key of a process; did you mean \`port\`?\n`,
  )
  expect(t.daemons()).toEqual([])
  put('processes:\n  web: { command: /no/such/program }\n  fine: { command: sleep 3600 }\n')
  expect(await t.here.ok(['validate'], here)).toMatchObject({
    stdout: `${dir}/ptrack.yaml is valid: 2 processes\n`,
    stderr: `ptrack: ${dir}/ptrack.yaml:2:19: warning: the command of web cannot be run here: /no/such/program is no program\n`,
  })
  const failed = await t.here.run(['up'], here)
  expect(failed.code).toBe(1)
  expect(failed.stdout).toMatch(/^fine started/m)
})

test('validate finds every mistake in one pass, and what this machine lacks is a warning, or with --here an error', async () => {
  if (t.daemon()) await t.killDaemon()
  put(`processes:
  web: { command: nosuchcmd --now, cwd: ./gone, user: no-such-user, group: no-such-group }
  local: { command: ./run.sh, restrat: always }
  local: { command: sleep 1 }
  away: { command: sleep 1, port: 70000, after: nowhere }
`)
  const lines = (stderr: string): string[] =>
    stderr
      .trimEnd()
      .split('\n')
      .map((text) => text.replace(`ptrack: ${dir}/ptrack.yaml:`, ''))
  const broken = await t.here.run(['validate'], here)
  expect(broken).toMatchObject({ code: 2, stdout: '' })
  expect(lines(broken.stderr)).toEqual([
    '2:19: warning: the command of web cannot be run here: nosuchcmd is not found in PATH',
    `2:41: warning: the directory ${dir}/gone of web does not exist here`,
    '2:55: warning: the user no-such-user of web does not exist here',
    ...(process.getuid!() === 0
      ? []
      : [expect.stringMatching(/^2:55: warning: web can run as no-such-user only under a daemon of root/)]),
    '2:76: warning: the group no-such-group of web does not exist here',
    '3:31: `restrat` is no key of a process; did you mean `restart`?',
    '4:3: `local` is written twice, first in line 3; one of them would not count',
    '5:35: `port` of away: it is above 65535',
    '5:49: away waits for nowhere, and there is no such process in the file',
  ])
  put('processes:\n  web: { command: nosuchcmd }\n')
  expect(await t.here.run(['validate', '--here'], here)).toMatchObject({
    code: 2,
    stdout: '',
    stderr: `ptrack: ${dir}/ptrack.yaml:2:19: the command of web cannot be run here: nosuchcmd is not found in PATH\n`,
  })
  expect(await t.here.json(['validate'], here)).toMatchObject({ processes: ['web'], warnings: [{ line: 2, column: 19 }] })
  expect(await t.here.json(['validate', '--here'], here)).toMatchObject({ error: { code: 'BAD_FILE' } })
  // A variable of the file counts, as at the start.
  put('env: { PATH: "" }\nprocesses:\n  web: { command: sleep 1 }\n')
  expect((await t.here.ok(['validate'], here)).stderr).toContain('sleep is not found in PATH')
  expect(t.daemons()).toEqual([])
})

test('what waits for a job that failed does not come up, and up says so', async () => {
  put('processes:\n  bad: { kind: job, command: exit 3, shell: true }\n  sad: { command: sleep 3600, after: bad }\n')
  const up = await t.here.run(['up'], here)
  expect(up.code).toBe(1)
  expect(up.stderr).toContain('cannot bring up sad: it waits for bad, which has failed: exit code 3; `ptrack why bad` says why')
})

test('a job that is not to be started is stopped and not cancelled, and what waits for it says so', async () => {
  put(`processes:
  migrate: { kind: job, command: sh -c "exit 0", autostart: false }
`)
  const up = await t.here.ok(['up'], here)
  await t.here.ok(['start', '--name', 'web', '--after', 'migrate:done', '--no-wait', '--', 'sleep', '3600'])
  expect(up.stdout).toContain('migrate: defined, not started\n')
  expect(await t.ls('migrate')).toMatchObject({ status: 'stopped', wanted: 'down', run: 0 })
  expect(await t.ls('web')).toMatchObject({ reason: 'waiting for project/migrate to be done, which has not been started' })
  const { code, stderr } = await t.here.run(['wait', 'migrate'])
  expect([code, stderr]).toEqual([
    3,
    'ptrack: cannot wait for project/migrate to end: it has not been started; `ptrack start project/migrate` starts it\n',
  ])
  await t.here.ok(['start', 'migrate'])
  await t.until(async () => (await t.ls('web'))?.status === 'running', 'web follows')
})

test('a second up fails as the first did for as long as the cause is there, and runs the job again', async () => {
  const ready = join(t.dir, 'ready')
  put(`processes:
  migrate: { kind: job, command: test -e ${ready} }
  app: { command: sleep 3600, after: migrate }
  crashing: { command: 'false', restartDelay: 1h }
`)
  for (const sign of ['+', '=']) {
    const { code, stdout, stderr } = await t.here.run(['up'], here)
    expect([code, stdout[0]]).toEqual([1, sign])
    expect(stderr).toContain('cannot bring up app: it waits for migrate, which has failed')
    expect(stderr).toMatch(/cannot (start|bring up) crashing: /)
  }
  writeFileSync(ready, '')
  put(readFileSync(join(dir, 'ptrack.yaml'), 'utf8').replace(/^ {2}crashing.*\n/m, ''))
  const mended = await t.here.ok(['up'], here)
  expect(mended.stdout).toMatch(/^= migrate {3}unchanged, has ended, starts again\n/)
  expect(await t.here.json<ProcessView>(['show', 'app'])).toMatchObject({ status: 'running' })
  // Done once, it stays done.
  expect((await t.here.ok(['up'], here)).stdout).toMatch(/^= migrate {3}unchanged\n= app {7}unchanged\n/)
})

test('what tries for ever is not waited for: told what for, exit 6, or 1 when what it waits for did not come up', async () => {
  put(
    'processes:\n  flaky: { kind: job, command: exit 3, shell: true, retries: 1000000, retryInitial: 1h, retryMax: 1h }\n  app: { command: sleep 3600, after: flaky }\n  then: { command: sleep 3600, after: app:started }\n',
  )
  const late = await t.here.run(['up', '--timeout', '1s'], here)
  expect(late.code).toBe(6)
  expect(late.stderr).toContain('cannot wait longer for app to come up: it is waiting for flaky to be done')
  expect(late.stderr).toContain('it starts by itself when that is so; --timeout waits longer')
  await t.here.ok(['down', '--delete'], here)
  put(
    'processes:\n  db: { command: sleep 3600, health: "exec:false", healthPeriod: 100ms, readyTimeout: 500ms }\n  app: { command: sleep 3600, after: db:healthy }\n',
  )
  const sick = await t.here.run(['up'], here)
  expect(sick.code).toBe(1)
  expect(sick.stderr).toContain('cannot bring up app: it waits for db, which did not come up')
})

test('who waits for what could not even be defined is told that, and comes up when it is mended', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  try {
    put(`processes:
  db: { command: sleep 3600, port: ${port} }
  app: { command: sleep 3600, after: db:started }
  top: { command: sleep 3600, after: app:started }
`)
    const { code, stderr } = await t.here.run(['up'], here)
    expect(code).toBe(1)
    expect(stderr).toContain(`cannot start db: port ${port} is held by pid ${process.pid}`)
    expect(stderr).toContain('cannot bring up app: it waits for db, which could not be started; `ptrack up` again')
    expect(stderr).toContain('cannot bring up top: it waits for app, which could not be started')
  } finally {
    await new Promise((resolve) => server.close(resolve))
  }
})

test('an export comes up as it was, and is for its owner only', async () => {
  await t.here.ok([
    'start',
    '--name',
    'a b'.replace(' ', '-'),
    '--env',
    'K=$x "y"',
    '--stop-timeout',
    '3s',
    '--',
    'sh',
    '-c',
    'exec sleep 3600',
  ])
  const masked = await t.here.ok(['export'])
  expect(masked.stdout).toContain('K: "${K}"')
  expect(masked.stdout + masked.stderr).not.toContain('K=$x')
  expect(masked.stderr).toContain('the values of the variables that were set for a-b are left out')
  expect((await t.here.json<{ text: string }[]>(['export', '--format', 'systemd']))[0]!.text).toContain('PassEnvironment=K\n')
  await t.here.ok(['export', '--reveal', '-o', 'ptrack.yaml'], here)
  const file = join(dir, 'ptrack.yaml')
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(readFileSync(file, 'utf8')).toContain('stopTimeout: 3s')
  // Only that it is of this file now.
  expect((await t.here.ok(['up', '--dry-run'], here)).stdout).toBe(`~ a-b  changed\n    file: none -> ${file}\n`)
  await t.here.ok(['delete', 'all'])
  await t.here.ok(['up'], here)
  expect((await t.here.ok(['env', 'a-b', '--reveal'])).stdout).toContain('K=$x "y"')
  const units = await t.here.json<{ file: string; text: string }[]>(['export', '--reveal', '--format', 'systemd'])
  expect(units.map((each) => each.file)).toEqual(['a-b.service'])
  expect(units[0]!.text).toContain('Environment="K=$x \\"y\\""')
  expect((await t.here.ok(['export', '--format', 'procfile'])).stdout).toBe(`a-b: cd ${t.dir} && sh -c 'exec sleep 3600'\n`)
})

test('an export that finds no room leaves the file as it was', async () => {
  await t.here.ok(['start', '--name', 'a', '--', 'sleep', '3600'])
  const file = join(dir, 'ptrack.yaml')
  put('# by hand\n')
  const { status, stderr } = spawnSync(
    'sh',
    ['-c', 'ulimit -f 0; exec "$@"', 'sh', process.execPath, cliFile, 'export', '-o', 'ptrack.yaml'],
    { cwd: dir, env: t.env, encoding: 'utf8' },
  )
  expect([status, stderr]).toEqual([1, `ptrack: cannot write ${file}: EFBIG; name another place with -o\n`])
  expect(readFileSync(file, 'utf8')).toBe('# by hand\n')
  expect(readdirSync(dir).sort()).toEqual(['below', 'ptrack.yaml'])
  symlinkSync(file, join(dir, 'link.yaml'))
  await t.here.ok(['export', '-o', 'link.yaml'], here)
  expect(readFileSync(file, 'utf8')).toContain('sleep')
  expect((await t.here.run(['export', '-o', 'below'], here)).stderr).toContain('it is a directory')
})

test('--watch applies the file again when it changes', async () => {
  const open = join(dir, 'open')
  put(`processes:\n  zero: { command: sleep 3600, health: "exec:test -e ${open}", healthPeriod: 100ms }\n`)
  const child = spawn(process.execPath, [cliFile, 'up', '--watch', '--prune'], {
    cwd: dir,
    env: t.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  try {
    await t.until(async () => (await names()).join() === 'zero', 'the first round waits')
    put('processes:\n  one: { command: sleep 3600 }\n')
    writeFileSync(open, '')
    await t.until(() => said.includes('watching'), 'it watches')
    await t.until(async () => (await names()).join() === 'one', 'what changed while the first round waited holds')
    put('processes:\n  one: { comand: x }\n')
    await t.until(() => said.includes('did you mean `command`?'), 'the mistake is told')
    expect(await names()).toEqual(['one'])
    put('processes:\n  two: { command: sleep 3600 }\n')
    await t.until(async () => (await names()).join() === 'two', 'the new file holds')
    await t.killDaemon()
    put('processes:\n  three: { command: sleep 3600 }\n')
    await t.until(async () => (await names()).join() === 'three', 'the next daemon is told too')
  } finally {
    child.kill('SIGINT')
  }
  expect(await ended).toBe(0)
  expect((await t.ls('three'))?.status).toBe('running')
})

test('a daemon that is killed in the middle is told once, exit 5; the next up goes on', async () => {
  const lines = Array.from(
    { length: 20 },
    (_, index) => `  p${index}: { command: sleep 3600${index === 0 ? '' : ', after: gate'} }\n`,
  )
  put(
    `processes:\n  gate: { command: sleep 3600, health: "exec:test -e ${join(dir, 'open')}", healthPeriod: 100ms }\n${lines.join('')}`,
  )
  const up = t.here.run(['up'], here)
  await t.until(async () => (await t.ls('gate'))?.pid != null, 'all wait for the gate')
  await t.killDaemon()
  const { code, stderr } = await up
  expect(code).toBe(5)
  expect(stderr.match(/the daemon ended before it answered/g)).toHaveLength(1)
  writeFileSync(join(dir, 'open'), '')
  await t.here.ok(['up'], here)
  expect(await t.here.json(['ls', '--status', 'running'])).toHaveLength(21)
})

test('a name that another file has given to another program is neither taken over nor stopped', async () => {
  const other = join(t.dir, 'other')
  mkdirSync(other)
  put('project: none\nprocesses:\n  web: { command: sleep 3601 }\n  own: { command: sleep 3602 }\n')
  await t.here.ok(['up'], here)
  writeFileSync(
    join(other, 'ptrack.yaml'),
    'project: none\nprocesses:\n  web: { command: sleep 3603 }\n  api: { command: sleep 3604 }\n',
  )
  const refused = await t.here.run(['up'], { cwd: other })
  expect(refused.code).toBe(2)
  expect(refused.stderr).toContain(`cannot bring up web: there is another process of that name, of ${join(dir, 'ptrack.yaml')}`)
  expect(await names()).toEqual(['own', 'web'])
  const left = await t.here.ok(['down', '--delete'], { cwd: other })
  expect(left.stderr).toContain(`web is left alone: ${join(dir, 'ptrack.yaml')} brought it`)
  expect((await t.ls('web'))?.status).toBe('running')

  // Where that file is no more, nobody has a claim.
  renameSync(join(dir, 'ptrack.yaml'), join(dir, 'moved.yaml'))
  await t.here.ok(['up'], { cwd: other })
  expect((await t.here.ok(['show', 'web', '--json'])).stdout).toContain('3603')
})

test('who waits for an end starts however that was', async () => {
  put(`processes:
  bad: { kind: job, command: "sh -c 'exit 3'" }
  tidy: { kind: job, command: echo tidied, after: bad:ended }
  never: { kind: job, command: echo never, after: bad:done }
`)
  await t.here.run(['up'], here)
  expect(await t.here.json(['wait', 'tidy', '--json'], here)).toMatchObject([{ view: { status: 'done' } }])
  expect(await t.ls('never')).toMatchObject({
    status: 'pending',
    reason: expect.stringContaining('bad to be done, which has failed'),
  })
})

test('what has ended passes from one file of a directory to the next', async () => {
  writeFileSync(join(dir, 'Procfile'), 'web: sleep 3600\nworker: sleep 3600\n')
  await t.here.ok(['up', '-f', 'Procfile'], here)
  put('processes:\n  web: { command: sleep 3601 }\n')
  const refused = await t.here.run(['up'], here)
  expect(refused.code).toBe(2)
  expect(refused.stderr).toContain(
    "`ptrack down -f Procfile` stops that file's, and then this one takes over; nothing was started",
  )
  await t.here.ok(['down', '-f', 'Procfile'], here)
  await t.here.ok(['up'], here)
  expect((await t.here.ok(['show', 'web', '--json'], here)).stdout).toContain('3601')
  // Its former file has no claim any more, and keeps the rest.
  const left = await t.here.ok(['down', '-f', 'Procfile'], here)
  expect(left.stdout).not.toContain('web')
  expect((await t.ls('web'))?.status).toBe('running')
})

test('down stops what an imported file brought, with the file or without it; validate says what reads it', async () => {
  writeFileSync(join(dir, 'Procfile'), 'web: sleep 3600\nworker: sleep 3600\n')
  expect((await t.here.run(['validate', 'Procfile'], here)).stderr).toContain('it is a Procfile')
  expect((await t.here.run(['validate'], here)).stderr).toContain(
    '`ptrack import Procfile --output ptrack.yaml` makes one of Procfile',
  )
  const below = { cwd: join(dir, 'below') }
  writeFileSync(join(below.cwd, 'compose.yaml'), 'services:\n  web: { image: nginx }\n')
  expect((await t.here.run(['import', 'compose.yaml'], below)).stderr).toContain("compose.yaml: it is docker's, ")
  put(TWO)
  const piped = ['-c', 'cat ptrack.yaml | "$@"', 'sh', process.execPath, cliFile, 'up', '-f', '/dev/stdin', '--dry-run']
  expect(spawnSync('sh', piped, { cwd: dir, env: t.env, encoding: 'utf8' }).stdout).toContain('+ web  new')
  await t.here.ok(['import', 'Procfile'], here)
  const running = async () => (await t.here.json<ProcessView[]>(['ls', '--status', 'running'])).length
  expect(await running()).toBe(2)
  await t.here.ok(['down', '-f', 'Procfile'], here)
  expect(await running()).toBe(0)
  await t.here.ok(['import', 'Procfile'], here)
  rmSync(join(dir, 'Procfile'))
  await t.here.ok(['down', '-f', 'Procfile', '--delete'], here)
  expect(await names()).toEqual([])
  expect((await t.here.run(['down', '-f', 'Procfile'], here)).code).toBe(2)
})
