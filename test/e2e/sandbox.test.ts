/** --no-new-privileges, --read-only and --private-tmp: what the program can still do, that nothing else changes for it, and refusals. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { ProcessDetail } from '../../src/protocol/view.ts'
import { cliFile } from '../support/bundle.ts'
import { CONTAINERS, startContainer } from '../support/container.ts'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { freePort } from '../support/free-port.ts'
import { httpGet } from '../support/http-get.ts'
import { asRoot, needs, testNeeding } from '../support/requires.ts'

/** In its private /tmp. */
const OWN = '/tmp/of-the-program'
const asRootHere = testNeeding(asRoot, 'unshare', 'mount', 'setpriv')

let t: TestHome
/** Not below /tmp, where a checkout may lie. */
let place: string
let tries: string
let open: string
let shut: string
beforeAll(async () => {
  t = await testHome()
  place = mkdtempSync('/dev/shm/ptrack-sandbox-')
  chmodSync(place, 0o755)
  tries = join(place, 'tries-to-write.sh')
  copyFileSync(program('tries-to-write.sh'), tries)
  ;[open, shut] = [join(place, 'open'), join(place, 'shut')]
  for (const directory of [open, shut]) {
    mkdirSync(directory)
    chmodSync(directory, 0o777)
  }
})
afterEach(() => t.here.run(['delete', 'all', '--purge']))
afterAll(async () => {
  await t?.close()
  rmSync(place, { recursive: true })
})

const show = async (name: string): Promise<ProcessDetail> => (await t.request('show', { targets: [name] }))[0]!
/** What tries-to-write.sh found out. */
const found = (name: string): Promise<string> =>
  t.until(async () => {
    const { stdout } = await t.here.ok(['logs', name, '-n', '50', '--run', '-1'])
    return stdout.includes('ready\n') && stdout
  }, `${name} has tried everything`)

asRootHere(
  "as root: all three, with --user and --record-exit; the pid, the signals and the exit are the program's own",
  async () => {
    const options = [
      '--no-new-privileges',
      '--read-only',
      shut,
      '--private-tmp',
      '--user',
      'nobody',
      '--record-exit',
      '--cwd',
      '/',
    ]
    await t.ok(['start', '--name', 'held', '--stop-scope', 'main', ...options, '--', 'sh', tries, OWN, `${open}/x`, `${shut}/x`])
    const text = await found('held')
    const [nobody, group] = /^nobody:[^:]*:(\d+):(\d+)/m.exec(readFileSync('/etc/passwd', 'utf8'))!.slice(1)
    expect(text).toMatch(new RegExp(`^wrote ${OWN}\nwrote ${open}/x\nrefused ${shut}/x\nuser ${nobody}:${group}\n`))
    expect(text).toMatch(/NoNewPrivs:\s+1\n/)
    // Beside its own files it sees the home, where this is below /tmp: it may have to reach its daemon.
    expect(text).toMatch(/^tmp of-the-program( \[p\]\*| ptrack-test-\w+)?$/m)
    expect(existsSync(OWN)).toBe(false)
    expect(await show('held')).toMatchObject({ pid: Number(/^pid (\d+)$/m.exec(text)![1]), status: 'running' })

    // A daemon that is killed leaves it as it is; the next one takes it over, and learns its exit code.
    await t.killDaemon()
    await t.here.ok(['stop', 'held'])
    expect(await show('held')).toMatchObject({ status: 'stopped', exitCode: 7 })
  },
)

asRootHere('each by itself; a change takes effect with the next run, and can be undone', async () => {
  writeFileSync(
    join(place, 'ptrack.yaml'),
    `processes:\n  reads:\n    command: ${tries} new ${open}/y\n    cwd: shut\n    readOnly: [shut]\n`,
  )
  await t.here.ok(['up'], { cwd: place })
  // The working directory itself is below the new mount too.
  expect(await found('reads')).toMatch(new RegExp(`^refused new\nwrote ${open}/y\n`))
  expect(await found('reads')).toMatch(/NoNewPrivs:\s+0\n/)
  await t.here.ok(['set', 'reads', '--read-only', 'none', '--no-new-privileges'])
  await t.here.ok(['restart', 'reads'])
  expect(await found('reads')).toMatch(/^wrote new\n(.*\n)*NoNewPrivs:\s+1\n/)
  await t.here.ok(['set', 'reads', '--new-privileges'])
  expect((await show('reads')).definition).toMatchObject({ noNewPrivileges: false, readOnly: [], privateTmp: false })
})

asRootHere('mounts below a read-only path are read-only too, and its siblings are not', async () => {
  await t.ok([
    'start',
    '--name',
    'whole',
    '--read-only',
    '/',
    '--private-tmp',
    '--cwd',
    '/etc',
    '--',
    tries,
    '/etc/x',
    '/dev/shm/x',
    '/tmp/b',
  ])
  expect(await found('whole')).toMatch(/^refused \/etc\/x\nrefused \/dev\/shm\/x\nwrote \/tmp\/b\n/)
})

asRootHere('with a shared socket: the preload listens below a read-only home, a reload rolls', async () => {
  const port = String(await freePort())
  const options = ['--socket', port, '--instances', '2', '--read-only', '/', '--no-new-privileges']
  await t.ok(['start', '--name', 'web', ...options, '--', process.execPath, program('serves-port.mjs')])
  const pids = async () => [(await show('web:0')).pid, (await show('web:1')).pid]
  const before = await pids()
  expect((await show('web:0')).runs).toMatchObject([{ serving: 'preload', gate: 'open' }])
  await t.here.ok(['reload', 'web'])
  const after = await pids()
  expect(after.some((pid) => before.includes(pid))).toBe(false)
  expect(after).toContain(Number.parseInt(await httpGet(Number(port)), 10))
})

asRootHere('refused where the kernel does not allow it, or where it would hide what the program needs', async () => {
  const refusal = async (...words: string[]): Promise<string> => {
    const { code, stderr } = await t.run(['start', '--name', 'no', '--restart', 'never', ...words, '--', tries])
    expect(code).toBe(1)
    await t.here.ok(['delete', 'no'])
    return stderr
  }
  expect(await refusal('--read-only', 'missing')).toContain(
    `ptrack: cannot start no: its read-only path ${t.dir}/missing does not exist; make it, or leave it out\n`,
  )
  expect(await refusal('--private-tmp', '--cwd', t.dir)).toContain(
    `cannot start no: its directory ${t.dir} would be hidden by --private-tmp; move it, or leave that out\n`,
  )
  // A root without the right to mount, as in a container.
  await t.here.ok(['daemon', 'stop'])
  const words = ['setpriv', '--bounding-set', '-sys_admin', '--inh-caps', '-sys_admin', '--', process.execPath, cliFile]
  const child = spawn('env', [...words, 'start', '--name', 'weak', '--read-only', shut, '--', tries], {
    cwd: t.dir,
    env: t.env,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  expect(await once(child, 'close')).toEqual([1, null])
  expect(stderr).toMatch(
    /cannot start weak: the kernel does not allow its sandbox \(unshare: .*Operation not permitted\); give the/,
  )
  expect(await show('weak')).toMatchObject({ status: 'failed', pid: null, error: { code: 'SANDBOX' } })
  await t.here.ok(['daemon', 'stop'])
})

test('an ordinary user: in user namespaces, as the same user, and the program cannot undo it', needs(...CONTAINERS), async () => {
  chmodSync(t.dir, 0o755)
  const closed = join(t.dir, 'closed')
  mkdirSync(closed)
  chmodSync(closed, 0o777)
  const box = await startContainer(t, {
    command: ['sh', '-c', 'echo up; exec sleep infinity'],
    uid: 4242,
    env: { HOME: '/dev/shm' },
  })
  try {
    await t.until(() => box.stdout() === 'up\n', 'it is there')
    const sh = (script: string) => box.exec(['sh', '-c', `export PTRACK_HOME=/dev/shm/home; cd /dev/shm; ${script}`])
    const tries = '/mnt/checkout/test/fixtures/programs/tries-to-write.sh'
    const options = '--no-new-privileges --read-only /mnt/shared/closed --private-tmp --record-exit --cwd /'
    const started = await sh(`ptrack start --name mine ${options} -- ${tries} ${OWN} /mnt/shared/closed/u /dev/shm/u`)
    expect(started).toMatchObject({ code: 0 })
    const logs = () => sh('ptrack logs mine')
    await t.until(async () => (await logs()).stdout.includes('ready\n'), 'it has tried everything')
    expect((await logs()).stdout).toMatch(
      /^wrote \/tmp\/of-the-program\nrefused \/mnt\/shared\/closed\/u\nwrote \/dev\/shm\/u\nuser 4242:4242\npid \d+\nNoNewPrivs:\s+1\ntmp of-the-program\n/,
    )
    const undo = 'unshare --user --map-root-user --mount mount -o remount,bind,rw none /mnt/shared/closed'
    const undone = await sh(
      `ptrack run --name undo --read-only /mnt/shared/closed -- sh -c '${undo} && touch /mnt/shared/closed/u'`,
    )
    expect(undone.code).not.toBe(0)
    expect(readdirSync(closed)).toEqual([])
    expect(await sh('ptrack stop mine && ptrack show mine')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('exit code 7'),
    })
  } finally {
    box.signal('SIGKILL')
    await box.close()
  }
})
