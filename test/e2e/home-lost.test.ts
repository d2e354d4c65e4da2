/** A daemon whose home, lock or socket is no longer its own leaves; what it started lives on, and the next daemon finds it. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { OrphanView } from '../../src/protocol/view.ts'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { endIdent, type Ident, identOf, isAlive } from '../support/proc.ts'

let t: TestHome
let web: Ident
let daemon: Ident
beforeEach(async () => {
  t = await testHome({ env: { PTRACK_MONITOR_INTERVAL: '500ms' } })
  await t.here.ok(['start', '--name', 'web', '--', program('waits.sh')])
  web = identOf((await t.ls('web'))!.pid!)!
  daemon = t.daemon()!
})
afterEach(async () => {
  await t.close()
})
const leaves = () => t.until(() => !isAlive(daemon), 'the daemon leaves')

test('removed: it leaves, restarts nothing and makes nothing again', async () => {
  const first = new Set(t.processes().map(({ run }) => run))
  rmSync(t.home, { recursive: true })
  await endIdent(web)
  await leaves()
  expect(existsSync(t.home)).toBe(false)
  // What web left behind may be there still, when the daemon saw first that its home is gone.
  expect(t.processes().filter(({ run }) => !first.has(run))).toEqual([])
})

test('another home in its place: nothing is written there', async () => {
  const away = join(t.dir, 'away')
  renameSync(t.home, away)
  mkdirSync(t.home, { mode: 0o700 })
  writeFileSync(join(t.home, 'precious'), '')
  // Its end would be saved, and its next run would open a log.
  await endIdent(web)
  await leaves()
  expect(readdirSync(t.home)).toEqual(['precious'])
})

test('its lock removed: the next daemon is the only one, and adopts', async () => {
  rmSync(join(t.home, 'daemon.lock'), { recursive: true })
  await leaves()
  expect(await t.ls('web')).toMatchObject({ pid: web.pid, run: 1, status: 'running', adopted: true })
  expect(t.daemons()).toHaveLength(1)
})

test('its socket replaced by another file: it leaves that alone', async () => {
  const socket = join(t.home, 'daemon.sock')
  const other = join(t.home, 'other')
  writeFileSync(other, 'precious')
  renameSync(other, socket)
  await leaves()
  expect(existsSync(socket)).toBe(true)
  expect(isAlive(web)).toBe(true)
  rmSync(socket)
})

test('removed while children live: they live on, and are strays to the daemon that comes next', async () => {
  rmSync(t.home, { recursive: true })
  await leaves()
  expect(isAlive(web)).toBe(true)
  const strays = await t.json<OrphanView[]>(['orphans'])
  expect(strays.map((one) => [one.kind, one.process])).toEqual(strays.map(() => ['stray', null]))
  expect(strays.map((one) => one.pid)).toContain(web.pid)
  await t.ok(['kill-orphan', '--all'])
  expect(isAlive(web)).toBe(false)
})
