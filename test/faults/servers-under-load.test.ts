/** The servers of docs/sockets.md, started by its own lines: whatever happens to them under load, no connection is refused. */
import { execFileSync } from 'node:child_process'
import { chmodSync, constants, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { root } from '../support/bundle.ts'
import { type TestHome, testHome } from '../support/daemon.ts'
import { filesOf } from '../support/document.ts'
import { fastCgi } from '../support/fastcgi.ts'
import { freePort } from '../support/free-port.ts'
import { type Load, type LoadOptions, since, startLoad } from '../support/load.ts'
import { allPids, identOf } from '../support/proc.ts'
import { type Ability, findTool, type Tool, testNeeding } from '../support/requires.ts'
import { readSaved } from '../support/saved-state.ts'
import { figure, times } from '../support/soak.ts'

const page = readFileSync(join(root, 'docs/sockets.md'), 'utf8')
const commands = new Map(
  [...page.matchAll(/^\| ([^|]+) \| `ptrack (start [^`]+)` \|/gm)].map((match) => [match[1]!, match[2]!.split(' ')]),
)

/** Debian's bears its version. */
const PHP_FPM = ['', '8.1', '8.2', '8.3', '8.4', '8.5']
  .map((version) => `php-fpm${version}`)
  .find((name) => findTool(name) !== null)
const phpFpm: Ability = { name: 'php-fpm (apt-get install php-fpm)', there: PHP_FPM !== undefined }
/** A connection is one request, as nginx asks it. */
const PHP: LoadOptions = { keep: 0, idle: 0, short: 4 }

/** Those that wait in select, poll or accept come first: each of their starts takes three seconds. */
const SERVERS: [server: string, tool: Tool | Ability, load: LoadOptions][] = [
  ['gunicorn', 'gunicorn', {}],
  ['puma', 'puma', {}],
  ['Python', 'python3', {}],
  ['php-fpm', phpFpm, PHP],
  ['php-fpm at a unix socket', phpFpm, PHP],
  ['gunicorn with threads', 'gunicorn', {}],
  ['uvicorn', 'uvicorn', {}],
  ['nginx', 'nginx', { slowPath: '/' }],
  ['Go', 'go', {}],
]
const LOAD: LoadOptions = { keep: 4, short: 3, slow: 2, idle: 4, pauseMs: 60 }
const RELOADS = times(1, 10)
const DEATHS = times(1, 10)

async function start(server: string, t: TestHome, options: LoadOptions): Promise<Load> {
  const port = await freePort()
  const path = join(t.dir, 'web.sock')
  const here = (text: string): string =>
    text
      .replaceAll('8000', String(port))
      .replaceAll('/run/web.sock', path)
      .replace(/^php-fpm$/, PHP_FPM!)
  // Workers of php-fpm have a user of their own.
  chmodSync(t.dir, 0o755)
  for (const { name, content } of filesOf(page)) writeFileSync(join(t.dir, name), here(content))
  if (server === 'Go')
    execFileSync('go', ['build', 'server.go'], { cwd: t.dir, env: { ...process.env, GOCACHE: join(t.dir, 'cache') } })
  await t.ok(commands.get(server)!.map(here))
  const speech = server.startsWith('php') ? { speech: fastCgi(join(t.dir, 'index.php')) } : {}
  const load = startLoad(server.includes('unix') ? { path } : { host: '127.0.0.1', port }, { ...LOAD, ...options, ...speech })
  await t.until(() => load.report().answered.short > 0, 'it answers')
  return load
}

const running = async ({ request }: TestHome): Promise<number[]> =>
  (await request('list', { all: true })).filter(({ status }) => status === 'running').map(({ pid }) => pid!)

async function reload(t: TestHome): Promise<void> {
  const old = await running(t)
  await t.here.ok(['reload', 'web'])
  expect((await running(t)).filter((pid) => old.includes(pid))).toEqual([])
}

async function restartAndScale(t: TestHome): Promise<void> {
  await Promise.all([t.here.ok(['restart', 'web:0']), t.here.ok(['scale', 'web', '3'])])
  await t.here.ok(['scale', 'web', '2'])
}

/** The successor of an instance that died without a daemon is started by the next one. In turn, since one that dies again and again has to wait. */
async function die(t: TestHome, round: number): Promise<void> {
  const victim = (await running(t))[round % 2]!
  await t.killDaemon()
  process.kill(victim, 'SIGKILL')
  await t.ok(['daemon', 'start'])
  await t.until(async () => {
    const now = await running(t)
    return now.length === 2 && !now.includes(victim)
  }, 'its successor runs')
}

/** nginx and php-fpm write over the environment by which others are found. */
const livingIn = (dir: string): number[] =>
  allPids().filter((pid) => {
    try {
      return readlinkSync(`/proc/${pid}/cwd`) === dir && identOf(pid) !== null
    } catch {
      return false
    }
  })

const STEPS: [what: string, count: number, act: (t: TestHome, round: number) => Promise<void>][] = [
  ['reload', RELOADS, reload],
  ['restart and scale', RELOADS, restartAndScale],
  ['kill -9 of the daemon and of an instance', DEATHS, die],
]

testNeeding('nginx')('nginx never blocks in accept, where another instance was faster', async () => {
  const t = await testHome()
  try {
    await (await start('nginx', t, { slowPath: '/' })).stop()
    const [holder] = readSaved(t.home).settings.sockets!.web!.holders
    const flags = /^flags:\t(\d+)$/m.exec(readFileSync(`/proc/${holder!.pid}/fdinfo/3`, 'utf8'))![1]!
    expect(Number.parseInt(flags, 8) & constants.O_NONBLOCK).toBe(constants.O_NONBLOCK)
  } finally {
    await t.close()
  }
})

describe.concurrent('two instances', () => {
  for (const [server, tool, options] of SERVERS)
    testNeeding(tool)(`${server}: no connection is refused`, { timeout: times(300_000, 1_200_000) }, async () => {
      const t = await testHome()
      try {
        const load = await start(server, t, options)
        for (const [what, count, act] of STEPS) {
          const before = structuredClone(load.report())
          for (let round = 0; round < count; round++) await act(t, round)
          figure(`${server}, ${count} x ${what}`, since(before, load.report()))
        }
        const { lost, answered } = await load.stop()
        expect(Object.keys(lost).filter((how) => how.includes(': connect ') || how.includes('no answer'))).toEqual([])
        expect(answered.short).toBeGreaterThan(0)
        await t.here.ok(['delete', 'web'])
        expect(livingIn(t.dir)).toEqual([])
      } finally {
        for (const pid of livingIn(t.dir)) t.alsoEnd(pid)
        await t.close()
      }
    })
})
