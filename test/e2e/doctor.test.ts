/** doctor: each thing that commonly goes wrong is provoked, found, explained, and told from what is well. */
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { DaemonStatus } from '../../src/protocol/view.ts'
import { fakeDaemon } from '../cli/support/fake-daemon.ts'
import { cliFile } from '../support/bundle.ts'
import { program, type RunOptions, type TestHome, testHome } from '../support/daemon.ts'
import { otherVersion } from '../support/other-version.ts'
import { type Ability, asRoot, testNeeding } from '../support/requires.ts'

interface Found {
  name: string
  result: 'ok' | 'warn' | 'fail'
  message: string
  advice: string | null
}

let t: TestHome
beforeEach(async () => {
  t = await testHome()
})
afterEach(async () => {
  await t.close()
})

async function doctor(options?: RunOptions): Promise<{ code: number | null; checks: Found[] }> {
  const { code, stdout } = await t.here.run(['doctor', '--json'], options)
  const { ok, checks } = JSON.parse(stdout) as { ok: boolean; checks: Found[] }
  expect(ok).toBe(code === 0)
  return { code, checks }
}
/** What is not well, as `name result`; the machine that tests run on may have faults of its own. */
const faults = (checks: readonly Found[], ...names: string[]): string[] =>
  checks.filter(({ name, result }) => result !== 'ok' && names.includes(name)).map(({ name, result }) => `${name} ${result}`)
function one(checks: readonly Found[], name: string): Found {
  const found = checks.filter((check) => check.name === name && check.result !== 'ok')
  expect([name, found.length]).toEqual([name, 1])
  expect(found[0]!.advice).toBeTruthy()
  return found[0]!
}

const OURS = [
  'home',
  'permissions',
  'owner',
  'state',
  'config',
  'daemon',
  'leftovers',
  'version',
  'clock jump',
  'orphans',
  'socket',
]

test('where all is well it finds nothing, exits 0, and starts no daemon', async () => {
  const before = await doctor()
  expect([before.code, faults(before.checks, ...OURS)]).toEqual([0, []])
  expect(t.daemons()).toEqual([])
  await t.here.ok(['start', '--name', 'web', '--', program('waits.sh')])
  const { code, checks } = await doctor()
  expect([code, faults(checks, ...OURS)]).toEqual([0, []])
})

test('permissions: an open home, open files in it, files of somebody else', async () => {
  await t.here.ok(['start', '--name', 'web', '--', program('waits.sh')])
  chmodSync(t.home, 0o755)
  chmodSync(join(t.home, 'env/web.json'), 0o644)
  const { checks } = await doctor()
  expect(one(checks, 'home')).toMatchObject({ message: expect.stringContaining('mode 755'), advice: `chmod 700 ${t.home}` })
  expect(one(checks, 'permissions')).toMatchObject({
    message: 'env/web.json can be read or written by others, and environments and logs hold secrets',
    advice: `chmod -R go= ${t.home}`,
  })
  execFileSync('chmod', ['-R', 'go=', t.home])
  expect(faults((await doctor()).checks, ...OURS)).toEqual([])
  if (!asRoot.there) return
  chownSync(join(t.home, 'process-state.json'), 65_534, 65_534)
  const given = await doctor()
  expect(given.code).toBe(1)
  expect(one(given.checks, 'owner').message).toContain('process-state.json belong to another user')
})

test('a home that cannot be made is no home that is made with the first start', async () => {
  const file = join(t.dir, 'file')
  writeFileSync(file, '')
  const { code, checks } = await doctor({ env: { PTRACK_HOME: join(file, 'home') } })
  expect(code).toBe(1)
  expect(one(checks, 'home').message).toBe(`${join(file, 'home')} cannot be made: ${file} is not a directory`)
})

test('stale files: the socket and the lock of a daemon that was killed', async () => {
  await t.here.ok(['daemon', 'start'])
  const { pid } = await t.killDaemon()
  const { code, checks } = await doctor()
  expect(code).toBe(0)
  expect(one(checks, 'leftovers').message).toBe(`daemon.sock and daemon.json of a daemon (pid ${pid}) that is gone`)
  // As it says, the next one replaces them.
  await t.here.ok(['daemon', 'start'])
  expect(faults((await doctor()).checks, 'leftovers')).toEqual([])
})

test('a FIFO in place of the state or the preferences is named, and no command waits for its writer', async () => {
  mkdirSync(t.home, { mode: 0o700 })
  const config = join(t.dir, 'config/ptrack')
  mkdirSync(config, { recursive: true })
  spawnSync('mkfifo', ['-m', '600', join(t.home, 'process-state.json'), join(config, 'config.json')])
  const { code, checks } = await doctor()
  expect(code).toBe(1)
  expect(one(checks, 'state').message).toBe(`${join(t.home, 'process-state.json')} is not a file`)
  expect(one(checks, 'config').message).toBe(`${join(config, 'config.json')} is not a file and is ignored`)
})

test('state and preferences that cannot be read, and what was set aside', async () => {
  mkdirSync(t.home, { mode: 0o700 })
  writeFileSync(join(t.home, 'process-state.json'), '{ torn', { mode: 0o600 })
  mkdirSync(join(t.dir, 'config/ptrack'), { recursive: true })
  writeFileSync(join(t.dir, 'config/ptrack/config.json'), 'nonsense')
  const { code, checks } = await doctor()
  expect(code).toBe(1)
  expect(one(checks, 'state')).toMatchObject({ result: 'fail', message: expect.stringContaining('is not JSON') })
  expect(one(checks, 'config')).toMatchObject({ result: 'warn', message: expect.stringContaining('is ignored') })
  await t.here.ok(['daemon', 'start'])
  expect(one((await doctor()).checks, 'set aside').message).toMatch(/^process-state\.json\.corrupt-\S+ could not be read/)
})

const mounting = testNeeding(asRoot, 'mount', 'umount')
mounting('a disk that is full, and one that is read-only', async () => {
  mkdirSync(t.home, { mode: 0o700 })
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,mode=0700', 'tmpfs', t.home])
  try {
    const full = await doctor()
    expect(full.code).toBe(1)
    expect(one(full.checks, 'disk')).toMatchObject({ result: 'fail', message: expect.stringMatching(/^only .* free in /) })
    execFileSync('mount', ['-o', 'remount,ro', t.home])
    const readOnly = await doctor()
    expect(one(readOnly.checks, 'home').message).toBe(`${t.home} cannot be written (EROFS)`)
  } finally {
    execFileSync('umount', ['-l', t.home])
  }
})

const limited = (shell: string, ...before: string[]): Found[] => {
  const words = [...before, 'sh', '-c', `${shell}; exec "$0" "$@"`, process.execPath, cliFile, 'doctor', '--json']
  const { stdout } = spawnSync(words[0]!, words.slice(1), { env: t.env, encoding: 'utf8', timeout: 30_000 })
  return (JSON.parse(stdout) as { checks: Found[] }).checks
}

test('limits: few open files', () => {
  expect(one(limited('ulimit -n 512'), 'files').message).toMatch(/^at most 512 open files: /)
})

const namespaces: Ability = { name: 'user namespaces', there: spawnSync('unshare', ['-Ur', 'true']).status === 0, optional: true }
testNeeding('unshare', namespaces)('limits: few inotify watches', () => {
  const watches = limited('echo 100 >/proc/sys/user/max_inotify_watches', 'unshare', '-Ur')
  expect(one(watches, 'inotify')).toMatchObject({
    message: expect.stringMatching(/^100 watches, \d+ instances are few: /),
    advice: expect.stringContaining('fs.inotify.max_user_watches'),
  })
})

test('tools that are not there', async () => {
  const bin = join(t.dir, 'bin')
  mkdirSync(bin)
  for (const tool of ['gzip', 'dd', 'setpriv']) symlinkSync('/bin/true', join(bin, tool))
  const { code, checks } = await doctor({ env: { PATH: bin } })
  expect(code).toBe(0)
  const missing = checks.filter(({ name, result }) => name === 'tools' && result === 'warn').map(({ message }) => message)
  expect(missing).toEqual([
    'fallocate is not installed: logs are rotated by copy and truncate instead',
    'systemd-notify is not installed: only a systemd unit needs it',
  ])
})

test('version skew', async () => {
  await t.ok(['daemon', 'start'], { cli: otherVersion(join(t.dir, 'old'), '0.0.9') })
  expect(one((await doctor()).checks, 'version')).toMatchObject({
    message: expect.stringContaining('the daemon is 0.0.9'),
    advice: '`ptrack daemon restart` brings it up to date, children live on',
  })
})

test('a clock that was set while the daemon ran', async () => {
  await t.here.ok(['daemon', 'start'])
  const status = await t.here.json<DaemonStatus>(['daemon', 'status'])
  for (const [byMs, words] of [
    [3_600_000, 'the clock was set 1h forward'],
    [-7_200_000, 'the clock was set 2h back'],
  ] as const) {
    // A daemon that says it began at another hour than the kernel says of its process is one whose clock was set since.
    const startedAt = new Date(Date.parse(status.startedAt) - byMs).toISOString()
    const daemon = await fakeDaemon({ 'daemon.status': () => ({ ...status, startedAt }), orphans: () => [] })
    try {
      const { checks } = await doctor({ env: { PTRACK_HOME: daemon.home } })
      expect(one(checks, 'clock jump').message).toMatch(new RegExp(`^${words}`))
    } finally {
      await daemon.close()
    }
  }
})

test('orphans', async () => {
  await t.here.ok(['run', '-d', '--name', 'parent', '--', 'sh', '-c', 'sleep 1000 & exit 0'])
  await t.until(async () => (await t.here.json<unknown[]>(['orphans'])).length === 1, 'what it left is found')
  expect(one((await doctor()).checks, 'orphans')).toMatchObject({
    message: expect.stringMatching(/^1 left behind: /),
    advice: expect.stringContaining('ptrack kill-orphan'),
  })
})

test('for people: one line each, and how many of which', async () => {
  rmSync(t.home, { recursive: true, force: true })
  expect(existsSync(t.home)).toBe(false)
  const { stdout } = await t.run(['doctor'])
  expect(stdout).toMatch(/^ok {4}node\s+Node \d/m)
  expect(stdout).toMatch(/\d+ ok, \d+ warnings?, 0 failed\n$/)
})
