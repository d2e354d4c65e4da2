/** nginx, redis, a Python server and Vite, from the files of three supervisors: what listens is the same as under each of them. */
import { mkdirSync, readlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { afterEach, beforeAll, beforeEach, expect } from 'vitest'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { freePort } from '../support/free-port.ts'
import { foreground, installPm2, isOfSupervisor, PM2, type Pm2, type Start, supervisordSection } from '../support/peers.ts'
import { commandLine, environOf, listenersOf, statOf } from '../support/proc.ts'
import { skipFor, testNeeding } from '../support/requires.ts'

const vite = join(dirname(createRequire(import.meta.url).resolve('vite/package.json')), 'bin/vite.js')
const NAMES = ['nginx', 'redis', 'files', 'vite', 'node'] as const
type Ports = Record<(typeof NAMES)[number], number>

let t: TestHome
let ports: Ports
/** Each program's words; what `sh` has to be told is quoted by whoever writes the file. */
let commands: Record<keyof Ports, string[]>
beforeEach(async () => {
  t = await testHome()
  const first = await freePort({ offsets: [...NAMES.keys()] })
  ports = Object.fromEntries(NAMES.map((name, index) => [name, first + index])) as Ports
  mkdirSync(join(t.dir, 'site'))
  writeFileSync(join(t.dir, 'site/index.html'), '<!doctype html><title>a page</title><p>hello</p>')
  writeFileSync(
    join(t.dir, 'nginx.conf'),
    `pid ${t.dir}/nginx.pid; error_log stderr; events {} http { access_log off; server { listen 127.0.0.1:${ports.nginx}; return 204; } }`,
  )
  commands = {
    nginx: ['/usr/sbin/nginx', '-e', 'stderr', '-c', `${t.dir}/nginx.conf`, '-g', 'daemon off;'],
    redis: ['/usr/bin/redis-server', '--port', String(ports.redis), '--save', ''],
    files: ['python3', '-m', 'http.server', String(ports.files), '--bind', '127.0.0.1', '--directory', 'site'],
    vite: [process.execPath, vite, 'site', '--host', '127.0.0.1', '--port', String(ports.vite), '--strictPort'],
    node: [process.execPath, program('listens.mjs'), String(ports.node)],
  }
})
afterEach(() => t.close())

interface Listener {
  command: string
  cwd: string
  /** null for those who write their title over it. */
  env: Record<string, string> | null
}

/** Who listens on each port, once all five do. */
async function listeners(start: Start): Promise<Record<string, Listener>> {
  const end = await start(t.env)
  try {
    await t.until(() => NAMES.every((name) => listenersOf(ports[name]).length > 0), 'all five listen', 60_000)
    return Object.fromEntries(NAMES.map((name) => [name, listenerOf(name, masterOf(listenersOf(ports[name])))]))
  } finally {
    await end()
    await t.until(() => NAMES.every((name) => listenersOf(ports[name]).length === 0), 'the ports are free again', 30_000)
  }
}

/** That which started the others. Numbers go round, so the lowest may be a worker. */
const masterOf = (pids: readonly number[]): number => pids.find((pid) => !pids.includes(statOf(pid)?.ppid ?? 0))!

function listenerOf(name: keyof Ports, pid: number): Listener {
  const titled = name === 'nginx' || name === 'redis'
  return {
    command: commandLine(pid).join(' ').trim(),
    cwd: readlinkSync(`/proc/${pid}/cwd`),
    env: titled
      ? null
      : Object.fromEntries(
          Object.entries(environOf(pid))
            .filter(([key]) => !isOfSupervisor(key))
            .sort(),
        ),
  }
}

const imported =
  (file: string): Start =>
  async () => {
    await t.ok(['import', file])
    return async () => {
      expect((await t.here.json<{ status: string }[]>(['ls'])).map(({ status }) => status)).toEqual(NAMES.map(() => 'running'))
      await t.here.ok(['delete', 'all'])
    }
  }

const quoted = (word: string): string => (/^[\w./:=-]+$/.test(word) ? word : `"${word}"`)
const line = (words: string[]): string => words.map(quoted).join(' ')

function expectSame(ours: Record<string, Listener>, theirs: Record<string, Listener>): void {
  expect(ours).toEqual(theirs)
  expect(ours.files!.command).toContain('-m http.server')
  expect(ours.nginx!.command).toMatch(/^nginx: master process \/usr\/sbin\/nginx/)
}

const programs = ['nginx', 'redis-server', 'python3'] as const

testNeeding(...programs, 'foreman')('from a Procfile: as under foreman', async () => {
  writeFileSync(join(t.dir, '.env'), 'SITE="a b"\n')
  writeFileSync(join(t.dir, 'Procfile'), NAMES.map((name) => `${name}: exec ${line(commands[name])}\n`).join(''))
  const theirs = await listeners(foreground(t, 'foreman', ['start']))
  const ours = await listeners(imported('Procfile'))
  expectSame(ours, theirs)
  expect(ours.vite!.env!.SITE).toBe('a b')
})

testNeeding(...programs, 'supervisord')('from a supervisord.conf: as under supervisord', async () => {
  const text = NAMES.map((name) => `[program:${name}]\ncommand=${line(commands[name])}\n`).join('')
  writeFileSync(join(t.dir, 'supervisord.conf'), `${supervisordSection(t.dir)}environment=SITE="a b"\n${text}`)
  const theirs = await listeners(foreground(t, 'supervisord', ['-c', join(t.dir, 'supervisord.conf')]))
  const ours = await listeners(imported('supervisord.conf'))
  expectSame(ours, theirs)
  expect(ours.node!.env!.SITE).toBe('a b')
})

let pm2: Pm2 | null = null
beforeAll(async () => {
  pm2 = await installPm2()
})

testNeeding(...programs)('from an ecosystem file: as under pm2', async (context) => {
  if (pm2 === null) return skipFor(context, PM2)
  const apps = NAMES.map((name) => {
    const [script, ...args] = commands[name]
    // What runs by Node is named by its script, as people do.
    const own = script === process.execPath
    return {
      name: `app-${name}`,
      script: own ? args[0] : script,
      args: own ? args.slice(1) : args,
      interpreter: own ? undefined : 'none',
      env: { SITE: 'a b' },
    }
  })
  writeFileSync(join(t.dir, 'ecosystem.config.json'), JSON.stringify({ apps }))
  const theirs = await listeners(pm2.start(t, ['ecosystem.config.json']))
  const ours = await listeners(imported('ecosystem.config.json'))
  // Over what runs by Node pm2 writes a title of its own: the arguments are missing there.
  for (const name of ['vite', 'node']) {
    expect(ours[name]!.command.startsWith(theirs[name]!.command)).toBe(true)
    ours[name]!.command = theirs[name]!.command
  }
  expectSame(ours, theirs)
  expect(ours.node!.env!.SITE).toBe('a b')
})
