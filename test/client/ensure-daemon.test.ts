/** Starting the daemon, with small programs in its place. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { connectOrStart } from '../../src/client/ensure-daemon.ts'
import { daemonEnvironment } from '../../src/client/spawn-daemon.ts'
import { eventually } from '../api/support/wire.ts'
import { allPids, commandLine } from '../support/proc.ts'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'ptrack-ensure-'))
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(home, { recursive: true, force: true })
})

function script(text: string): string {
  const path = join(home, 'daemon.cjs')
  writeFileSync(path, text)
  return path
}

/** Takes a lock as a daemon does, answers hello, tells its environment, ends on `daemon.stop` or with nobody connected. */
const STUB = `
const { openSync, writeSync, unlinkSync } = require('node:fs'), { createServer } = require('node:net')
const home = process.argv[3]
writeSync(openSync(home + '/starts', 'a'), process.pid + '\\n')
if (!process.env.STUB_SLOW) main()
else setTimeout(main, Number(process.env.STUB_SLOW))
function main() {
  try { openSync(home + '/lock', 'wx') } catch { process.exit(0) }
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      for (const line of String(chunk).trim().split('\\n')) {
        const { id, method } = JSON.parse(line)
        const result = method === 'hello' ? { pid: process.pid, protocol: 1, argv: process.argv.slice(2), env: process.env, cwd: process.cwd() } : {}
        socket.write(JSON.stringify({ jsonrpc: '2.0', id, result }) + '\\n')
        if (method === 'daemon.stop') { server.close(); socket.end() }
      }
    })
  }).listen(home + '/daemon.sock')
  // Never outlives a test that failed.
  setTimeout(() => process.exit(), 60000).unref()
}
`
type Told = { pid: number; argv: string[]; env: Record<string, string>; cwd: string }

test('starts a detached daemon with a clean environment, and the next call meets the same one', async () => {
  const daemonScript = script(STUB)
  let started = 0
  const env = { PATH: process.env.PATH, PTRACK_ID: 'x', PTRACK_HOME: '/elsewhere', COLOUR: 'blue', NOTHING: undefined }
  const client = await connectOrStart({ home, env, daemonScript, onStart: () => started++ })
  const told = client.hello as unknown as Told
  expect(told.argv).toEqual(['--home', home])
  expect(told.cwd).toBe('/')
  expect(told.env).toMatchObject({ COLOUR: 'blue', PTRACK_DAEMON: '1' })
  expect(told.env.PTRACK_ID ?? told.env.PTRACK_HOME).toBeUndefined()
  if (process.platform === 'linux') {
    expect(told.env.PTRACK_NOFILE_SOFT).toMatch(/^(\d+|unlimited)$/)
    // A session of its own: closing the terminal does not reach it.
    expect(
      readFileSync(`/proc/${told.pid}/stat`, 'latin1')
        .replace(/^.*\) /, '')
        .split(' ')[3],
    ).toBe(String(told.pid))
  }
  const again = await connectOrStart({ home, env, daemonScript, onStart: () => started++ })
  expect((again.hello as unknown as Told).pid).toBe(told.pid)
  expect(started).toBe(1)
  again.close()
  await client.request('daemon.stop', {})
  await client.closed
})

test('many at once on a fresh home: one daemon, everyone meets it', async () => {
  const daemonScript = script(STUB)
  const clients = await Promise.all(
    Array.from({ length: 12 }, () =>
      connectOrStart({ home, env: { PATH: process.env.PATH, STUB_SLOW: '100' }, daemonScript, startTimeoutMs: 30_000 }),
    ),
  )
  const pids = new Set(clients.map((client) => client.hello.pid))
  expect(pids.size).toBe(1)
  for (const client of clients.slice(1)) client.close()
  await clients[0]!.request('daemon.stop', {})
  await clients[0]!.closed
  // Those that came too late write to the home before they see that.
  await eventually(() => allPids().every((pid) => !commandLine(pid).includes(home)), 'the others are gone')
})

test('a daemon that holds the lock and does not listen yet is waited for; once it is gone, one is started', async () => {
  const daemonScript = script(STUB)
  const holder = spawn('sleep', ['600'], { stdio: 'ignore' })
  const ended = once(holder, 'exit')
  try {
    const ticks = Number(
      readFileSync(`/proc/${holder.pid}/stat`, 'latin1')
        .replace(/^.*\) /, '')
        .split(' ')[19],
    )
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()
    mkdirSync(join(home, 'daemon.lock'))
    symlinkSync(`${holder.pid}:${ticks}:${boot}`, join(home, 'daemon.lock', '7'))
    let starts = 0
    let looks = 0
    const starting = connectOrStart({
      // Each look asks where the home is.
      get home() {
        looks++
        return home
      },
      env: { PATH: process.env.PATH },
      daemonScript,
      onStart: () => starts++,
    })
    await eventually(() => looks > 20, 'many looks, and no daemon of our own')
    expect(starts).toBe(0)
    holder.kill('SIGKILL')
    const client = await starting
    expect(starts).toBe(1)
    await client.request('daemon.stop', {})
    await client.closed
  } finally {
    holder.kill('SIGKILL')
    await ended
  }
})

test('the place was held by a daemon on its way out: a loser tries again', async () => {
  const daemonScript = script(STUB)
  writeFileSync(join(home, 'lock'), '')
  const starting = connectOrStart({ home, env: { PATH: process.env.PATH }, daemonScript, startTimeoutMs: 30_000 })
  await eventually(() => readdirSync(home).includes('starts'), 'the first, losing start')
  await eventually(() => readFileSync(join(home, 'starts'), 'utf8').trim() !== '', 'its pid')
  rmSync(join(home, 'lock'))
  const client = await starting
  await client.request('daemon.stop', {})
  await client.closed
})

test('a daemon that cannot start is quoted, and leaves nothing in the temporary directory', async () => {
  // Other tests start daemons too, and what they leave there for a moment is not this one's.
  const temporary = mkdtempSync(join(home, 'tmp-'))
  vi.stubEnv('TMPDIR', temporary)
  const env = { PATH: process.env.PATH }
  const said = script(`console.error('some noise\\ncannot start: the disk is full'); process.exit(1)`)
  await expect(connectOrStart({ home, env, daemonScript: said })).rejects.toMatchObject({
    code: 'UNREACHABLE',
    message: 'cannot start the daemon: cannot start: the disk is full',
  })
  const threw = script(`require('node:fs').readFileSync('/nowhere/at/all')`)
  await expect(connectOrStart({ home, env, daemonScript: threw })).rejects.toThrow(
    /cannot start the daemon: Error: ENOENT.*nowhere/,
  )
  const silent = script('process.exit(3)')
  await expect(connectOrStart({ home, env, daemonScript: silent })).rejects.toThrow('it exited with code 3')
  const killed = script(`process.kill(process.pid, 'SIGKILL')`)
  await expect(connectOrStart({ home, env, daemonScript: killed })).rejects.toThrow('it was ended by SIGKILL')
  expect(readdirSync(temporary)).toEqual([])
})

test('a daemon that is killed while it starts is followed by another', async () => {
  const daemonScript = script(`
    const { existsSync, writeFileSync } = require('node:fs')
    const seen = process.argv[3] + '/seen'
    if (!existsSync(seen)) { writeFileSync(seen, ''); process.kill(process.pid, 'SIGKILL') }
    ${STUB}`)
  const client = await connectOrStart({ home, env: { PATH: process.env.PATH }, daemonScript })
  expect((client.hello as unknown as Told).argv).toEqual(['--home', home])
  await client.request('daemon.stop', {})
  client.close()
})

test('a daemon that never answers is given up on', async () => {
  const idle = script('setTimeout(() => {}, 3000)')
  await expect(
    connectOrStart({ home, env: { PATH: process.env.PATH }, daemonScript: idle, startTimeoutMs: 200 }),
  ).rejects.toThrow('did not answer within 200ms')
})

test('nothing of PTRACK_* but what is ours reaches the daemon', () => {
  const env = daemonEnvironment({ PTRACK_RUN: '1', PTRACK_DAEMON: '0', A: '1' })
  expect(env).toMatchObject({ A: '1', PTRACK_DAEMON: '1' })
  expect(env.PTRACK_RUN).toBeUndefined()
})
