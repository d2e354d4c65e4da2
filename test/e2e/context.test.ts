/** Commands that talk to the daemon of another machine: here, another home that is reached by TCP alone. */

import { spawn } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ProcessView } from '../../src/protocol/view.ts'
import { cliFile } from '../support/bundle.ts'
import { program, type RunResult, type TestHome, testHome } from '../support/daemon.ts'
import { otherProtocol, otherVersion } from '../support/other-version.ts'

let there: TestHome
/** A home of its own with no daemon: what runs by it is told apart from what runs there. */
let here: TestHome
let url: string
let config: string

beforeAll(async () => {
  there = await testHome({ env: { PTRACK_HTTP: '0' } })
  here = await testHome()
  config = join(here.dir, 'config')
  await there.here.ok(['daemon', 'start'])
  const { http } = await there.here.json<{ http: { port: number } }>(['daemon', 'status'])
  url = `http://127.0.0.1:${http.port}`
})
afterAll(async () => {
  await here?.close()
  await there?.close()
})

const tokenOf = async (name: string, role: string): Promise<string> =>
  (await there.here.ok(['token', 'create', name, '--role', role])).stdout.trim()
// PTRACK_HOME would win over a context that is only preferred.
const far = (args: string[], env: Record<string, string | undefined> = {}): Promise<RunResult> =>
  here.here.run(args, { env: { XDG_CONFIG_HOME: config, PTRACK_HOME: undefined, ...env } })

test('use, ls, rm: kept in a private file, and a token is never shown', async () => {
  const token = await tokenOf('store', 'viewer')
  expect((await far(['context', 'use', 'lab', '--url', url, '--token', token])).stdout).toBe(
    `commands talk to lab (${url}) from now on\n`,
  )
  expect(statSync(join(config, 'ptrack/config.json')).mode & 0o777).toBe(0o600)
  expect(readFileSync(join(config, 'ptrack/config.json'), 'utf8')).toContain(token)
  const listed = await far(['context', 'ls'])
  expect(listed.stdout).toBe(`  local            the daemon of this machine\n* lab              ${url}\n`)
  expect((await far(['context', 'ls', '--json'])).stdout).not.toContain(token)
  expect((await far(['context', 'use', 'local'])).code).toBe(0)
  expect((await far(['context', 'use', 'nowhere'])).code).toBe(4)
  expect((await far(['context', 'use', 'local', '--url', url])).code).toBe(2)
  for (const wrong of ['ftp://x', 'http://me:secret@host', 'http://host/path', 'host'])
    expect((await far(['context', 'use', 'bad', '--url', wrong])).code).toBe(2)
  expect((await far(['context', 'rm', 'lab'])).code).toBe(0)
  expect((await far(['context', 'rm', 'lab'])).code).toBe(4)
  expect((await far(['--context', 'lab', 'ls'])).stderr).toContain('cannot use the context lab: there is none of that name')
})

test('start, ls, logs, wait, stop and run work there, with nothing of this shell', async () => {
  await far(['context', 'use', 'lab', '--url', url, '--token', await tokenOf('work', 'operator')])
  const started = await far(['start', '--name', 'svc', '--env', 'GIVEN=yes', '--', program('waits.sh')], { ONLY_HERE: 'x' })
  expect(started.stderr).toContain('it runs in / on lab')
  expect(started.code).toBe(0)
  const [view] = JSON.parse((await far(['ls', '--json'])).stdout) as ProcessView[]
  expect(view).toMatchObject({ name: 'svc', status: 'running', cwd: '/' })
  expect((await there.ls('svc'))?.pid).toBe(view!.pid)
  const env = (await there.here.ok(['env', 'svc', '--reveal'])).stdout
  expect(env).toContain('GIVEN=yes')
  expect(env).not.toContain('ONLY_HERE')
  expect((await far(['start', 'svcc'])).code).toBe(4)
  expect((await far(['start', '--cwd', 'relative', '--name', 'x', '--', 'true'])).code).toBe(2)

  const ran = await far(['run', '--name', 'job', '--', 'sh', '-c', 'echo from there; exit 3'])
  expect(ran).toMatchObject({ code: 3, stdout: 'from there\n' })
  expect((await far(['logs', 'job'])).stdout).toContain('from there')
  expect((await far(['wait', 'job'])).code).toBe(1)
  expect((await far(['stop', 'svc'])).code).toBe(0)
  expect(await there.ls('svc')).toMatchObject({ status: 'stopped', pid: null })
  // Nothing of this was a daemon here.
  expect(here.daemon()).toBeNull()
})

test('what has to do with this machine is refused; --home and --context local mean it', async () => {
  await far(['context', 'use', 'lab', '--url', url, '--token', await tokenOf('refused', 'admin')])
  for (const command of [['daemon', 'stop'], ['daemon', 'start'], ['doctor'], ['systemd', 'print']]) {
    const { code, stderr } = await far(command)
    expect([command, code]).toEqual([command, 2])
    expect(stderr).toContain('through the context lab: it is about this machine')
  }
  expect((await far(['daemon', 'status', '--home', here.home])).code).toBe(5)
  expect((await far(['daemon', 'status', '--context', 'local'], { XDG_STATE_HOME: here.dir })).code).toBe(5)
})

test('no token, a wrong one, a viewer that acts, a revoked one: exit 7; nobody there: exit 5', async () => {
  const viewer = await tokenOf('eyes', 'viewer')
  const by = (token: string | undefined) => ({ PTRACK_URL: url, PTRACK_TOKEN: token })
  await there.here.ok(['start', '--name', 'theirs', '--', program('waits.sh')])
  expect(await far(['ls'], by(undefined))).toMatchObject({ code: 7, stderr: expect.stringContaining('it wants a token') })
  expect((await far(['ls'], by('ptk_wrong'))).code).toBe(7)
  expect((await far(['ls'], by(viewer))).code).toBe(0)
  expect((await far(['stop', 'theirs'], by(viewer))).code).toBe(7)
  expect(await there.ls('theirs')).toMatchObject({ status: 'running' })
  await there.here.ok(['token', 'revoke', 'eyes'])
  expect((await far(['ls'], by(viewer))).code).toBe(7)
  for (const wrong of ['host', 'ftp://x', `${url}/path`]) expect((await far(['ls'], { PTRACK_URL: wrong })).code).toBe(2)
  const nobody = await far(['ls'], { PTRACK_URL: 'http://127.0.0.1:9' })
  expect(nobody).toMatchObject({ code: 5, stderr: expect.stringContaining('cannot reach the daemon: ') })
  expect(nobody.stderr).not.toContain('daemon start')
})

/** A command that goes on, with the address and token of a daemon in its environment. */
function goesOn(args: string[], token: string) {
  const child = spawn(process.execPath, [cliFile, ...args], {
    env: { PATH: process.env.PATH, HOME: here.dir, PTRACK_URL: url, PTRACK_TOKEN: token, XDG_CONFIG_HOME: config },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  here.alsoEnd(child.pid!)
  const told = { out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    told.out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    told.err += text
  })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  return { child, told, ended }
}

test('logs -f and watch go on over kill -9 of the daemon there, without a line lost or told twice, until the token is revoked', async () => {
  const token = await tokenOf('follows', 'admin')
  await there.here.ok(['start', '--name', 'steady', '--', program('writes-forever.py'), '60', '5'])
  const logs = goesOn(['logs', '-f', '-n', '1000000', 'steady'], token)
  const watch = goesOn(['watch', '--json'], token)
  const lines = (): string[] => logs.told.out.split('\n').slice(0, -1)
  await there.until(() => lines().length > 50, 'it follows')
  // One that has not come yet when the daemon is killed would begin with the next one's present.
  await there.until(async () => {
    await there.here.ok(['reset', 'steady'])
    return watch.told.out !== ''
  }, 'the watch is there')
  await there.killDaemon()
  await there.until(
    () =>
      logs.told.err.includes('the daemon is gone, reconnecting') && watch.told.err.includes('the daemon is gone, reconnecting'),
    'both say so',
  )
  // It comes back to the address that they know.
  await there.here.ok(['ls'])
  const { length } = lines()
  await there.until(() => lines().length > length + 50, 'the log goes on')
  await there.here.ok(['start', '--name', 'later', '--', program('waits.sh')])
  await there.until(() => watch.told.out.includes('"later"'), 'and so does the watch')
  for (const { told } of [logs, watch]) told.err = ''
  await there.here.ok(['token', 'revoke', 'follows'])
  expect([await logs.ended, await watch.ended]).toEqual([7, 7])
  const why = 'cannot talk to the daemon any more: the token follows was revoked'
  expect(logs.told.err).toMatch(new RegExp(`^ptrack: ${why}`))
  expect(JSON.parse(watch.told.out.trim().split('\n').at(-1)!)).toMatchObject({ error: { code: 'DENIED', message: why } })
  const numbers = lines()
    .filter((line) => /^\d{12} /.test(line))
    .map((line) => Number(line.slice(0, 12)))
  expect(numbers).toEqual(numbers.map((_, index) => numbers[0]! + index))
  expect(numbers.length).toBeGreaterThan(100)
  await there.here.ok(['delete', 'steady', 'later'])
})

test('--token-stdin, and a word about a token that travels in the open', async () => {
  const token = await tokenOf('piped', 'viewer')
  const use = (address: string, input: string): Promise<RunResult> =>
    here.run(['context', 'use', 'piped', '--url', address, '--token-stdin'], { env: { XDG_CONFIG_HOME: config }, input })
  expect(await use(url, `\n${token}\n`)).toMatchObject({ code: 0, stderr: '' })
  expect((await far(['--context', 'piped', 'ls'])).code).toBe(0)
  expect((await use(url, '')).stderr).toContain('cannot read the token: stdin is empty')
  for (const safe of ['https://far.example', 'http://localhost:7077', 'http://[::1]:7077', 'http://127.1.2.3:7077'])
    expect((await use(safe, token)).stderr).toBe('')
  for (const exposed of ['http://192.0.2.7:7077', 'http://far.example', 'http://127.evil.example'])
    expect((await use(exposed, token)).stderr).toContain(`the token goes to ${exposed} unencrypted`)
  expect((await far(['context', 'rm', 'piped'])).code).toBe(0)
})

test('another version there: it is said; another protocol: refused with advice for there', async () => {
  const token = await tokenOf('skewed', 'viewer')
  const by = { PTRACK_URL: url, PTRACK_TOKEN: token, PTRACK_HOME: undefined }
  const list = (cli: string): Promise<RunResult> => here.run(['ls', '--json'], { env: by, cli })
  const older = await list(otherVersion(join(here.dir, 'older'), '0.0.9'))
  expect([older.code, JSON.parse(older.stdout)]).toEqual([0, expect.any(Array)])
  expect(older.stderr).toMatch(/the daemon is \S+, this CLI is 0\.0\.9; this CLI is the older one: update it, or /)
  const newer = await list(otherProtocol(join(here.dir, 'newer'), '9.0.0', 99, ['cli']))
  expect([newer.code, JSON.parse(newer.stdout).error.code]).toEqual([5, 'VERSION_SKEW'])
})

test('`daemon restart` listens where it did, and off stays off', async () => {
  const unsaid = { env: { PTRACK_HTTP: undefined } }
  const http = async () => (await there.here.json<{ http: { host: string; port: number } | null }>(['daemon', 'status'])).http
  await there.here.ok(['daemon', 'restart'], unsaid)
  expect(await http()).toEqual({ host: '127.0.0.1', port: Number(new URL(url).port) })
  await there.here.ok(['daemon', 'stop'])
  await there.here.ok(['daemon', 'start', '--http', 'off'], unsaid)
  await there.here.ok(['daemon', 'restart'], unsaid)
  expect(await http()).toBeNull()
})
