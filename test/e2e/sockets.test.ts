/** Shared sockets: several instances accept from one listening socket, which outlives the daemon, the instances and its holders. */
import { existsSync, lstatSync, readdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { ProcessDetail } from '../../src/protocol/view.ts'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { freePort } from '../support/free-port.ts'
import { httpGet } from '../support/http-get.ts'
import { endIdent, type Ident, isAlive } from '../support/proc.ts'
import { until } from '../support/until.ts'

let t: TestHome
let port: number
beforeAll(async () => {
  t = await testHome()
})
afterEach(() => t.here.run(['delete', 'all', '--purge']))
afterAll(() => t.close())

const PYTHON = ['--', 'python3', program('serves-inherited-socket.py')]
const NODE = ['--', process.execPath, program('serves-port.mjs')]
const askPid = async (at: number | string): Promise<number> => Number.parseInt(await httpGet(at), 10)

async function start(...options: string[]): Promise<void> {
  port = await freePort()
  await t.ok(['start', '--name', 'web', '--socket', String(port), ...options])
}
const show = async (name = 'web:0'): Promise<ProcessDetail> => (await t.request('show', { targets: [name] }))[0]!
const pidsOf = async (): Promise<number[]> =>
  (await t.request('list', { all: true })).filter(({ name }) => name.startsWith('web')).map(({ pid }) => pid!)

/** As the state on disk names them. */
function holders(): Ident[] {
  const { settings } = JSON.parse(readFileSync(join(t.home, 'process-state.json'), 'utf8'))
  return settings.sockets.web.holders
}
const refused = async (): Promise<boolean> => (await httpGet(port).catch((error) => error.code)) === 'ECONNREFUSED'

test.each([
  ['a program that reads LISTEN_FDS', PYTHON],
  ['an unmodified Node program', NODE],
])('%s: all instances serve one port; scale, restart and crashes keep it open; a stop closes it', async (_, command) => {
  await start('--instances', '2', ...command)
  const first = await pidsOf()
  expect(first).toContain(await askPid(port))
  expect((await show()).sockets).toMatchObject([{ name: String(port), address: `*:${port}`, queued: 0, holders: 2 }])
  expect((await show()).ports).toMatchObject([{ port, open: true, heldBy: first[0] }])

  await t.here.ok(['scale', 'web', '3'])
  expect(await pidsOf()).toHaveLength(3)

  // Whatever dies, a connection waits in the kernel's queue for the next one.
  for (const pid of await pidsOf()) process.kill(pid, 'SIGKILL')
  expect(await askPid(port)).toBeGreaterThan(1)
  await until(
    async () => (await t.request('list', { all: true })).every(({ status, restarts }) => status === 'running' && restarts > 0),
    'all three serve again',
  )

  await t.here.ok(['restart', 'web'])
  expect(await pidsOf()).toContain(await askPid(port))
  await t.here.ok(['stop', 'web'])
  expect(await refused()).toBe(true)
  expect(readdirSync(join(t.home, 'sockets')).filter((name) => !name.startsWith('preload-'))).toEqual(['exits', 'holder.sh'])
  await t.here.ok(['start', 'web'])
  expect(await pidsOf()).toContain(await askPid(port))
})

test('a killed daemon closes nothing; the next one adopts the instances and starts others on the same socket', async () => {
  await start('--instances', '2', ...NODE)
  const before = { pids: await pidsOf(), socket: (await show()).sockets[0]!.inode }
  await t.killDaemon()
  expect(before.pids).toContain(await askPid(port))
  await t.here.ok(['scale', 'web', '3'])
  expect(await pidsOf()).toEqual(expect.arrayContaining(before.pids))
  expect((await show('web:2')).sockets[0]!.inode).toBe(before.socket)
  // An adopted instance's death is noticed, and its exit is known from its recorder.
  process.kill(before.pids[0]!, 'SIGKILL')
  await until(async () => (await show()).run === 2 && (await show()).status === 'running', 'its successor runs')
  expect((await show()).runs[0]).toMatchObject({ outcome: 'failed', signal: 'SIGKILL' })
  expect(await t.here.json(['orphans'])).toEqual([])
})

test('one holder that dies is replaced by the other; without both a Node instance starts them anew', async () => {
  await start(...NODE)
  const [one, two] = holders() as [Ident, Ident]
  await endIdent(one)
  await until(() => holders().length === 2 && holders().every(isAlive), 'there are two again')
  expect(holders()).toEqual(expect.arrayContaining([expect.objectContaining({ pid: two.pid })]))

  // Together, or one would replace the other.
  await Promise.all(holders().map(endIdent))
  await until(() => holders().length === 2 && holders().every(isAlive), 'both are replaced')
  process.kill((await show('web')).pid!, 'SIGKILL')
  expect(await askPid(port)).toBeGreaterThan(1)
})

test('without holders and without Node: what serves continues, a start says what to do, and stop and start mends it', async () => {
  await start('--instances', '2', ...PYTHON)
  await Promise.all(holders().map(endIdent))
  process.kill((await show('web:0')).pid!, 'SIGKILL')
  await until(async () => (await show('web:0')).status === 'failed', 'it cannot start again')
  expect((await show('web:0')).error).toMatchObject({ code: 'SOCKETS_LOST' })
  expect((await show('web:1')).sockets[0]).toMatchObject({ holders: 0 })
  expect(await askPid(port)).toBe((await show('web:1')).pid)
  const again = await t.here.run(['start', 'web:0'])
  expect(again).toMatchObject({ code: 1 })
  expect(again.stderr).toContain('`ptrack stop web` and `ptrack start web` open them anew')
  await t.here.ok(['stop', 'web'])
  await t.here.ok(['start', 'web'])
  expect(await pidsOf()).toContain(await askPid(port))
})

test('a unix socket has its mode, gets its name back when a program removes it, and leaves nothing behind', async () => {
  const path = join(t.dir, 'app.sock')
  writeFileSync(path, 'a file of somebody')
  const taken = await t.here.run(['start', '--name', 'web', '--socket', `unix:${path},mode=600`, ...PYTHON])
  expect(taken).toMatchObject({ code: 8 })
  expect(taken.stderr).toContain('exists and is no socket')
  expect(readFileSync(path, 'utf8')).toBe('a file of somebody')
  await t.here.ok(['delete', 'web'])

  const own = join(t.dir, 'own.sock')
  await t.here.ok(['start', '--name', 'web', '--socket', `main=unix:${own},mode=600`, ...PYTHON])
  expect(lstatSync(own).mode & 0o777).toBe(0o600)
  expect(await askPid(own)).toBe((await show('web')).pid)
  expect((await t.here.ok(['logs', 'web'])).stdout).toContain('names main')
  unlinkSync(own)
  await until(() => existsSync(own), 'its name is back')
  expect(await askPid(own)).toBe((await show('web')).pid)
  await t.here.ok(['stop', 'web'])
  expect(existsSync(own)).toBe(false)
})

test('a taken port, a program that listens elsewhere, Bun, and a change of open sockets are refused', async () => {
  port = await freePort()
  const other = await new Promise<Server>((resolve) => {
    const server = createServer().listen(port, () => resolve(server))
  })
  const taken = await t.here.run(['start', '--name', 'web', '--socket', String(port), ...NODE])
  other.close()
  expect(taken).toMatchObject({ code: 8 })
  expect(taken.stderr).toContain(`port ${port} is held by pid ${process.pid}`)

  const elsewhere = await freePort()
  const wrong = await t.here.run([
    '--json',
    'start',
    '--name',
    'web',
    '--ready-timeout',
    '3s',
    '--restart',
    'never',
    '--socket',
    String(port),
    '--env',
    `PORT=${elsewhere}`,
    ...NODE,
  ])
  expect(wrong).toMatchObject({ code: 1 })
  expect(JSON.parse(wrong.stdout).error).toMatchObject({
    code: 'NOT_LISTENING',
    message: expect.stringContaining(`does not accept from its socket *:${port}; it listens on port ${elsewhere}`),
  })
  await t.here.ok(['delete', 'web'])

  const bun = await t.here.run(['start', '--name', 'web', '--socket', String(port), '--', 'bun', 'server.ts'])
  expect(bun).toMatchObject({ code: 2 })
  expect(bun.stderr).toContain('Bun cannot serve on an inherited socket')

  await t.here.ok(['start', '--name', 'web', '--socket', String(port), ...NODE])
  const changed = await t.here.run(['set', 'web', '--socket', String(elsewhere)])
  expect(changed).toMatchObject({ code: 2 })
  expect(changed.stderr).toContain('cannot change the sockets of web while they are open')
  await t.here.ok(['stop', 'web'])
  await t.here.ok(['set', 'web', '--socket', String(elsewhere)])
  await t.here.ok(['start', 'web'])
  expect(await askPid(elsewhere)).toBe((await show('web')).pid)
})

test('values of the environment are in no argument, and a name that a shell cannot export is refused', async () => {
  await start('--env', 'SECRET=s3cret', ...PYTHON)
  const { descendants } = await show('web')
  expect(descendants.map(({ command }) => command).join('\n')).not.toContain('s3cret')
  expect((await t.here.ok(['env', 'web'])).stdout).toContain('SECRET')
  const refusal = await t.here.run(['start', '--name', 'odd', '--socket', 'auto', '--env', 'my-name=1', ...PYTHON])
  expect(refusal).toMatchObject({ code: 1 })
  expect(refusal.stderr).toContain("the shell that starts it cannot set the variable 'my-name'")
})

test('a cluster of a pm2 file shares its port, and a changed socket of a ptrack.yaml is opened anew by up', async () => {
  port = await freePort()
  const script = program('serves-port.mjs')
  const file = join(t.dir, 'ecosystem.config.json')
  writeFileSync(
    file,
    JSON.stringify({ apps: [{ name: 'web', script, exec_mode: 'cluster', instances: 2, env: { PORT: port } }] }),
  )
  expect((await t.here.ok(['import', file])).stdout).toContain(`share a socket at port ${port}`)
  expect(await pidsOf()).toContain(await askPid(port))
  expect((await show('web:1')).ports).toMatchObject([{ port, open: true }])
  await t.here.ok(['delete', 'web'])

  const yaml = join(t.dir, 'ptrack.yaml')
  const [first, second] = [await freePort(), await freePort()]
  const write = (socket: string) =>
    writeFileSync(
      yaml,
      `processes:\n  web:\n    command: [${process.execPath}, ${script}]\n    instances: 2\n    sockets: [${socket}]\n`,
    )
  write(String(first))
  await t.here.ok(['up', '-f', yaml])
  expect(await pidsOf()).toContain(await askPid(first))
  expect((await t.here.ok(['up', '-f', yaml])).stdout).toContain('unchanged')
  write(`{ name: main, port: ${second} }`)
  await t.here.ok(['up', '-f', yaml])
  expect((await show()).sockets).toMatchObject([{ name: 'main', address: `*:${second}` }])
  expect(await pidsOf()).toContain(await askPid(second))
  expect(await httpGet(first).catch((error) => error.code)).toBe('ECONNREFUSED')
  await t.here.ok(['down', '-f', yaml])
  expect(await httpGet(second).catch((error) => error.code)).toBe('ECONNREFUSED')
})
