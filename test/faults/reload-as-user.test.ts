/** A program with dropped privileges behind a port below 1024: the preload, its gate and its drain, from outside a closed home. */
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { startLoad } from '../support/load.ts'
import { environOf, statOf } from '../support/proc.ts'
import { type Ability, asRoot, testNeeding } from '../support/requires.ts'

const asNobody = ['setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups', '--']
const nodeForAll: Ability = {
  name: 'a Node that every user can run',
  there: asRoot.there && spawnSync('env', [...asNobody, process.execPath, '-v'], { cwd: '/' }).status === 0,
}
const asUser = testNeeding(asRoot, 'setpriv', nodeForAll)

let t: TestHome
let place: string
beforeAll(async () => {
  t = await testHome()
  place = mkdtempSync('/dev/shm/ptrack-user-')
  chmodSync(place, 0o755)
  cpSync(program('serves-a-version.mjs'), join(place, 'server.mjs'))
})
afterAll(async () => {
  await t?.close()
  if (place) rmSync(place, { recursive: true, force: true })
})

/** Only root may listen there. */
async function lowPort(): Promise<number> {
  for (let port = 80; port < 1024; port++) {
    const free = await new Promise<boolean>((resolve) => {
      const server = createServer()
      server.once('error', () => resolve(false))
      server.listen(port, () => server.close(() => resolve(true)))
    })
    if (free) return port
  }
  throw new Error('no port below 1024 is free')
}

const details = () => t.request('show', { targets: ['web'] })
const serving = async () =>
  (await details()).map(({ pid, runs }) => ({ pid: pid!, live: runs.filter(({ endedAt }) => endedAt === null) }))

asUser(
  'reloads of `--user nobody --socket` below 1024 lose no request, and a version that is not healthy meets none',
  async () => {
    const port = await lowPort()
    const options = ['--socket', String(port), '--user', 'nobody', '--instances', '2', '--cwd', '/', '--ready-timeout', '10s']
    const check = ['--health', `http://127.0.0.1:${port}/`, '--health-timeout', '5s']
    await t.ok([
      'start',
      '--name',
      'web',
      ...options,
      ...check,
      '--env',
      'VERSION=v0',
      '--',
      process.execPath,
      join(place, 'server.mjs'),
    ])
    const nobody = Number(/^nobody:[^:]*:(\d+)/m.exec(readFileSync('/etc/passwd', 'utf8'))![1])
    for (const { pid, live } of await serving()) {
      expect(live).toMatchObject([{ serving: 'preload', gate: 'open' }])
      expect(statOf(pid)).not.toBe(null)
      expect(lstatSync(`/proc/${pid}`).uid).toBe(nobody)
    }

    // What it needs lies outside of the home: the copy that all may read, and a directory that only that user may enter.
    expect(lstatSync(t.home).mode & 0o777).toBe(0o700)
    const control = environOf((await serving())[0]!.pid)!.PTRACK_CONTROL!
    const [own, shared] = [join(control, '..'), join(control, '../..')]
    expect([lstatSync(own).uid, lstatSync(own).mode & 0o777]).toEqual([nobody, 0o700])
    expect([lstatSync(shared).uid, lstatSync(shared).mode & 0o777]).toEqual([0, 0o711])
    expect(readdirSync(shared).filter((name) => name.startsWith('preload-'))).toHaveLength(1)

    const load = startLoad({ host: '127.0.0.1', port })
    for (const version of ['v1', 'v2']) {
      const before = (await serving()).map(({ pid }) => pid)
      await t.ok(['reload', 'web', '--env', `VERSION=${version}`])
      expect((await serving()).filter(({ pid }) => before.includes(pid))).toEqual([])
    }
    // The next daemon asks by the same paths.
    await t.killDaemon()
    const bad = await t.run(['reload', 'web', '--env', 'VERSION=answers-500'])
    expect(bad).toMatchObject({ code: 1, stderr: expect.stringContaining('GET / answered 500') })
    const { lost, by, answered } = await load.stop()
    expect(lost).toEqual({})
    expect(Math.min(...Object.values(answered))).toBeGreaterThan(0)
    expect(Object.keys(by).sort()).toEqual(['v0', 'v1', 'v2'])

    await t.ok(['delete', 'web'])
    expect(existsSync(shared)).toBe(false)
  },
)
