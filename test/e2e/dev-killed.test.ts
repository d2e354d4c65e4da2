/** `ptrack dev` that goes away without a word: what it started ends with it, and nothing else; the daemon may be killed with it. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ProcessView } from '../../src/protocol/view.ts'
import { type TestHome, testHome } from '../support/daemon.ts'
import { type Dev, directoryWith, startDev } from '../support/dev.ts'
import { instancesOf } from '../support/runs.ts'

let t: TestHome
beforeEach(async () => {
  t = await testHome()
})
afterEach(() => t.close())

const FILE = `processes:
  before: { command: sleep 3600 }
  web: { command: sh tree.sh }
  api: { command: sleep 3600, after: { web: started } }
`
/** With a child, and one that has left its session and its parent. */
const TREE = 'setsid -f sleep 3601\nsleep 3602 &\necho up\nexec sleep 3603\n'
const view = async (name: string): Promise<ProcessView> =>
  (await t.request('list', { all: true })).find(({ fullName }) => fullName === name)!

/** `before` runs already, the rest is started here. */
async function begin(args: string[] = []): Promise<{ dev: Dev; cwd: string }> {
  const cwd = directoryWith(t, 'shop', { 'ptrack.yaml': FILE, 'tree.sh': TREE })
  await t.here.ok(['up', '--only', 'before'], { cwd })
  const dev = startDev(t, cwd, args)
  await dev.shows(/web {4}\| up/)
  await dev.shows(/api started/)
  return { dev, cwd }
}
async function endsAlone(): Promise<void> {
  await t.until(async () => (await view('shop/web')).status === 'stopped', 'what was started is stopped', 30_000)
  await t.until(async () => (await view('shop/api')).status === 'stopped', 'all of it', 30_000)
  for (const name of ['web', 'api']) expect(instancesOf(t, (await view(`shop/${name}`)).id)).toEqual([])
  expect((await view('shop/before')).status).toBe('running')
}

test('kill -9 of it: the daemon stops what it started, trees and escapees included', async () => {
  const { dev } = await begin()
  const { id, session } = await view('shop/web')
  expect(session).toBe(`dev-shop-${dev.pid}`)
  expect((await view('shop/before')).session).toBeNull()
  expect(instancesOf(t, id).length).toBeGreaterThanOrEqual(3)
  await dev.end('SIGKILL')
  await endsAlone()
})

test('kill -9 of it and of the daemon: the next daemon does', async () => {
  const { dev } = await begin()
  dev.child.kill('SIGKILL')
  await t.killDaemon()
  await dev.ended
  expect(instancesOf(t, (await t.here.json<ProcessView[]>(['ls', 'shop/web']))[0]!.id).length).toBeGreaterThanOrEqual(3)
  await endsAlone()
})

test('--keep: it runs on, and Ctrl-C still stops it', async () => {
  const { dev, cwd } = await begin(['--keep'])
  expect((await view('shop/web')).session).toBeNull()
  await dev.end('SIGHUP')
  expect((await view('shop/web')).status).toBe('running')
  await t.here.ok(['down'], { cwd })
  const again = startDev(t, cwd, ['--keep'])
  await again.shows(/web {4}\| up/)
  await again.end('SIGINT')
  expect((await view('shop/web')).status).toBe('stopped')
})

test('Ctrl-C while it starts: what was not started is not, and nothing stays', async () => {
  const cwd = directoryWith(t, 'slow', {
    'ptrack.yaml': `processes:
  first: { command: sleep 3600, health: "exec:test -e never" }
  second: { command: sleep 3600, after: first }
`,
  })
  const dev = startDev(t, cwd)
  await dev.shows(/first started/)
  expect(await dev.end('SIGTERM')).toEqual({ code: null, signal: 'SIGTERM' })
  expect((await t.request('list', { all: true })).map(({ name, status }) => `${name} ${status}`)).toEqual(['first stopped'])
})
