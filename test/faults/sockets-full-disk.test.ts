/** A real file system of 4 MB that is full: an instance with a shared socket starts again, and answers what waited. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, statfsSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect } from 'vitest'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { freePort } from '../support/free-port.ts'
import { httpGet } from '../support/http-get.ts'
import { asRoot, testNeeding } from '../support/requires.ts'
import { until } from '../support/until.ts'

/** Named as `order` in src/adapters/sockets/order.ts names it, its pid file included. */
const SCRIPT_IN_MEMORY = /^ptrack-[0-9a-f]{8}-[0-9a-f]{4}-/

let t: TestHome | undefined
afterEach(async () => {
  const { home } = t!
  await t!.run(['daemon', 'stop', '--kill-children'])
  // Lazily: what has ended may still be on its way out.
  execFileSync('umount', ['-l', home])
  await t!.close()
})

testNeeding(
  asRoot,
  'mount',
  'umount',
)('an instance that dies on a full disk has a successor, and its scripts leave nothing in memory', async () => {
  t = await testHome()
  mkdirSync(t.home, { mode: 0o700 })
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m,mode=0700', 'tmpfs', t.home])
  const port = await freePort()
  await t.ok(['start', '--name', 'web', '--socket', String(port), '--', 'python3', program('serves-inherited-socket.py')])
  const first = (await t.ls('web'))!.pid!
  const filler = join(t.home, 'filler')
  const { bavail, bsize } = statfsSync(t.home)
  expect(() => writeFileSync(filler, Buffer.alloc((bavail + 100) * bsize))).toThrow('ENOSPC')
  for (const run of [2, 3]) {
    process.kill((await t.ls('web'))!.pid!, 'SIGKILL')
    await until(async () => (await t!.ls('web'))!.run === run && (await t!.ls('web'))!.status === 'running', `run ${run} serves`)
    const pid = Number(await httpGet(port))
    expect(pid).toBe((await t.ls('web'))!.pid)
    expect(pid).not.toBe(first)
  }
  // Other tests have directories of their own there.
  expect(readdirSync('/dev/shm').filter((name) => SCRIPT_IN_MEMORY.test(name))).toEqual([])
  unlinkSync(filler)
})
