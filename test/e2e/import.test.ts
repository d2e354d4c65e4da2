/** `ptrack import` as its user calls it: told first, started in order, left alone the second time, and nothing on bad input. */
import { copyFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { FieldNote } from '../../src/files/file-process.ts'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { emptied } from '../support/shared-home.ts'

let t: TestHome
beforeAll(async () => {
  t = await testHome()
})
afterEach(() => emptied(t))
afterAll(() => t.close())

const put = (name: string, text: string): void => writeFileSync(join(t.dir, name), text)
interface Report {
  processes: { definition: { name: string }; env: Record<string, string> }[]
  notes: FieldNote[]
  error?: { code: string; hint: string }
  results?: { name: string; ok: boolean; note: string | null }[]
}

test('process-compose: who waits for another gets its turn, and a second import leaves all as it is', async () => {
  put(
    'process-compose.yaml',
    `processes:
  app:
    command: cat made-by-init && exec sleep 1000
    availability: { restart: always }
    depends_on: { init: { condition: process_completed_successfully } }
  init:
    command: echo hello > made-by-init
    depends_on: { db: { condition: process_log_ready } }
  db:
    command: echo "db is up"; exec sleep 1000
    ready_log_line: db is up
  later: { command: sleep 1000, disabled: true }
`,
  )
  const first = await t.here.ok(['import', 'process-compose.yaml'])
  expect(first.stdout).toContain('later: defined, not started')
  await t.until(async () => (await t.ls('app'))?.status === 'running', 'app runs')
  await t.until(async () => (await t.here.ok(['logs', 'app'])).stdout.includes('hello'), 'it reads what init has made')
  expect(await t.ls('init')).toMatchObject({ kind: 'job', status: 'done' })
  expect(
    (await t.here.json<{ name: string; status: string }[]>(['ls', '--all'])).find(({ name }) => name === 'later'),
  ).toMatchObject({
    status: 'stopped',
  })
  const pid = (await t.ls('db'))!.pid
  const again = await t.here.ok(['import', 'process-compose.yaml'])
  expect(again.stdout).toContain('= app    unchanged\n= init   unchanged\n= db     unchanged\n= later  unchanged\n')
  expect((await t.ls('db'))!.pid).toBe(pid)
  put('other.yaml', 'processes:\n  new: { command: sleep 9 }\n  db: { command: another }\n')
  const other = await t.here.run(['import', 'other.yaml'])
  expect(other).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(`there is another process of that name, of ${t.dir}/process-compose.yaml`),
  })
  expect(await t.ls('new')).toBeUndefined()
})

test('a file that changed is imported as up would: the plan is told, only what differs is touched', async () => {
  put('Procfile', 'web: exec sleep 1000\nworker: exec sleep 1000\nold: exec sleep 1000\n')
  put('Procfile.windows', '\uFEFFweb: exec sleep 1000\r\nworker: exec sleep 1000\r\n')
  expect((await t.here.json<Report>(['import', 'Procfile.windows', '--dry-run'])).processes).toHaveLength(2)
  const typo = await t.here.ok(['import', 'Procfile', '--formation', 'web=1,wbe=2', '--dry-run'])
  expect(typo.stdout).toContain('ignored  formation wbe: the Procfile has no such process')
  const plan = async (args: string[] = []) => {
    const { plan: entries } = await t.here.json<{ plan: { name: string; change: string; fields: { field: string }[] }[] }>([
      'import',
      'Procfile',
      ...args,
    ])
    return entries.map(({ name, change, fields }) => [name, change, ...fields.map(({ field }) => field)].join(' '))
  }
  expect(await plan(['--dry-run'])).toEqual(['web new', 'worker new', 'old new'])
  expect(await t.here.json(['ls'])).toEqual([])
  await plan()
  const pid = (await t.ls('worker'))!.pid
  expect(await plan()).toEqual(['web unchanged', 'worker unchanged', 'old unchanged'])
  put('Procfile', 'web: exec sleep 2000\nworker: exec sleep 1000\n')
  put('.env', 'SECRET=hunter2\n')
  const dry = await t.here.ok(['import', 'Procfile', '--dry-run'])
  expect(dry.stdout).toContain('- old     leaving, stays; --prune deletes it')
  expect(dry.stdout).toContain('env.SECRET: none -> set')
  expect(dry.stdout).not.toContain('hunter2')
  put('.env', '')
  expect(await plan(['--prune'])).toEqual(['web changed command', 'worker unchanged', 'old leaving'])
  expect((await t.ls('worker'))!.pid).toBe(pid)
  expect(await t.ls('old')).toBeUndefined()
  expect((await t.ls('web'))!.command.at(-1)).toBe('exec sleep 2000')
})

test('told and not started: --dry-run, --strict, and a file with a mistake at its end', async () => {
  copyFileSync(program('waits.sh'), join(t.dir, 'waits.sh'))
  put(
    'pm2.yaml',
    'apps:\n  - { name: a, script: ./waits.sh, env: { SECRET: hunter2 }, out_file: /dev/stdout }\n  - { name: b, script: ./waits.sh }\n',
  )
  const dry = await t.here.ok(['import', 'pm2.yaml', '--dry-run'])
  expect(dry.stdout).toContain('ignored  out_file: the daemon has no terminal')
  const json = await t.here.json<Report>(['import', 'pm2.yaml', '--dry-run'])
  expect(json.processes.map(({ definition }) => definition.name)).toEqual(['a', 'b'])
  expect(json.notes).toContainEqual(expect.objectContaining({ process: 'a', field: 'out_file', verdict: 'ignored', line: 2 }))
  expect(JSON.stringify(json)).not.toContain('hunter2')
  const strict = await t.here.run(['import', 'pm2.yaml', '--strict', '--json'])
  expect(strict.code).toBe(1)
  expect(JSON.parse(strict.stdout)).toMatchObject({ error: { code: 'FAILED' }, notes: expect.any(Array) })
  expect((await t.here.run(['import', 'pm2.yaml', '--strict', '--only', 'b'])).code).toBe(0)
  put('off.yaml', 'apps:\n  - { name: off, script: ./waits.sh, autostart: false }\n')
  expect((await t.here.ok(['import', 'off.yaml'])).stdout).toContain('waits.sh (not started)')
  expect((await t.here.ok(['import', 'off.yaml', '--only', 'off'])).stdout).not.toContain('not started')
  expect(await t.ls('a')).toBeUndefined()
  put(
    'bad.yaml',
    'apps:\n  - { name: c, script: ./waits.sh }\n  - { name: d, script: ./waits.sh, nice: 1, stop_exit_codes: 999 }\n',
  )
  expect(await t.here.run(['import', 'bad.yaml'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('cannot import d: noRestartExit'),
  })
  expect(await t.ls('c')).toBeUndefined()
  put(
    'cron.yaml',
    'apps:\n  - { name: c, script: ./waits.sh }\n  - { name: d, script: ./waits.sh, cron_restart: "61 * * * *" }\n',
  )
  expect(await t.here.run(['import', 'cron.yaml'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("cannot import d: cron: '61 * * * *': Invalid value for minute"),
  })
  expect(await t.ls('c')).toBeUndefined()
  put('compose.yaml', 'processes:\n  a: { command: x, depends_on: { b: {} } }\n  b: { command: y, depends_on: { a: {} } }\n')
  const circle = await t.here.run(['import', 'compose.yaml', '--dry-run'])
  expect(circle).toMatchObject({ code: 2, stderr: expect.stringContaining('a waits for b waits for a') })
  expect(await t.here.run(['import', 'gone.yaml'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('there is no such file'),
  })
})

test('instances of a file are one set: its name means all of them, and scale continues their counting', async () => {
  put(
    'process-compose.yaml',
    `processes:
  app: { command: "echo replica {{.PC_REPLICA_NUM}} $PC_REPLICA_NUM; exec sleep 1000", replicas: 2, availability: { restart: always } }
`,
  )
  put('Procfile', 'worker: exec sleep 1000\n')
  await t.here.ok(['import', 'process-compose.yaml'])
  await t.here.ok(['import', 'Procfile', '--formation', 'worker=2'])
  const names = async (target: string) => (await t.here.json<{ name: string }[]>(['ls', target])).map(({ name }) => name).sort()
  expect([await names('app'), await names('worker')]).toEqual([
    ['app:0', 'app:1'],
    ['worker:0', 'worker:1'],
  ])
  await t.until(
    async () => (await t.here.ok(['logs', 'app'])).stdout.includes('replica 1 1'),
    'each replica has its own command and number',
  )
  expect((await t.here.ok(['restart', 'worker'])).stdout).toMatch(/worker:0 restarted.*\nworker:1 restarted/)
  await t.here.ok(['scale', 'worker', '3'])
  const { env } = await t.here.json<{ env: Record<string, string> }>(['env', 'worker:2', '--reveal'])
  expect(env).toMatchObject({ PORT: '5002', PS: 'worker.3' })
  await t.here.ok(['restart', 'worker', '--env', 'PORT=9'])
  expect((await t.here.json<{ env: Record<string, string> }>(['env', 'worker:1', '--reveal'])).env).toMatchObject({
    PORT: '9',
    PS: 'worker.2',
  })
  for (const args of [
    ['import', 'process-compose.yaml'],
    ['import', 'Procfile', '--formation', 'worker=2', '--prune'],
  ])
    await t.here.ok(args)
  expect((await t.here.ok(['import', 'Procfile', '--formation', 'worker=2', '--dry-run'])).stdout).toContain(
    '= worker  unchanged',
  )
  expect((await t.here.ok(['import', 'process-compose.yaml', '--dry-run'])).stdout).toContain('= app  unchanged')
})

test('what a file does not start is there, stopped; what waits for it is refused', async () => {
  put('process-compose.yaml', 'processes:\n  a: { command: sleep 1000, disabled: true, availability: { restart: always } }\n')
  await t.here.ok(['import', 'process-compose.yaml'])
  expect(await t.ls('a')).toMatchObject({ status: 'stopped', wanted: 'down', run: 0 })
  await t.here.ok(['start', 'a'])
  const { pid } = (await t.ls('a'))!
  expect((await t.here.ok(['import', 'process-compose.yaml'])).stdout).toContain('= a  unchanged')
  expect((await t.ls('a'))!.pid).toBe(pid)
  put(
    'waits.yaml',
    'processes:\n  b: { command: sleep 1000, disabled: true }\n  c: { command: sleep 1000, depends_on: { b: {} } }\n',
  )
  expect(await t.here.run(['import', 'waits.yaml'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('cannot bring up c: it waits for b, which is not started; --only c,b starts both'),
  })
  expect(await t.ls('c')).toBeUndefined()
})

test('--output writes a ptrack.yaml instead, with which up starts the same', async () => {
  put('Procfile', `web: ${program('prints-env.mjs')} $PORT\nworker: exec sleep 1000\n`)
  const told = await t.here.ok(['import', 'Procfile', '--formation', 'web=1,worker=2', '--output', 'made/ptrack.yaml'])
  expect(told.stdout).toContain('made/ptrack.yaml written; `ptrack up -f made/ptrack.yaml` starts what it describes')
  expect(await t.here.json(['ls'])).toEqual([])
  expect(statSync(join(t.dir, 'made/ptrack.yaml')).mode & 0o777).toBe(0o600)
  await t.here.ok(['up', '-f', 'made/ptrack.yaml', '--only', 'worker'])
  const names = (await t.here.json<{ name: string; status: string }[]>(['ls'])).map(({ name, status }) => `${name} ${status}`)
  expect(names.toSorted()).toEqual(['worker:0 running', 'worker:1 running'])
  const { env } = await t.here.json<{ env: Record<string, string> }>(['env', 'worker:1', '--reveal'])
  expect(env).toMatchObject({ PORT: '5101', PS: 'worker.2' })
  expect((await t.here.ok(['up', '-f', 'made/ptrack.yaml', '--only', 'worker'])).stdout).toContain('= worker  unchanged')
})

test('start of a file that only describes processes starts nothing and says what reads it', async () => {
  put('ecosystem.config.cjs', 'module.exports = { apps: [] }\n')
  put('ptrack.yaml', 'processes: {}\n')
  for (const args of [['ecosystem.config.cjs'], ['ecosystem.config.cjs', '--name', 'x']])
    expect(await t.here.run(['start', ...args])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('`ptrack import ecosystem.config.cjs` brings that up'),
    })
  expect((await t.here.run(['start', 'ptrack.yaml'])).stderr).toContain('`ptrack up -f ptrack.yaml` brings that up')
  expect(await t.here.json(['ls', '--all'])).toEqual([])
})
