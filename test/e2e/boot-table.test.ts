/** When a daemon starts by itself, and what it starts: each row of the table in docs/daemon.md. */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { DaemonStatus, ProcessView, WhyView } from '../../src/protocol/view.ts'
import { cliFile } from '../support/bundle.ts'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { endIdent, identOf } from '../support/proc.ts'
import { loseTheMachine } from '../support/runs.ts'

let t: TestHome
beforeEach(async () => {
  t = await testHome()
})
afterEach(async () => {
  await t.close()
})

/** `db`, and `web` behind it, which was spawned after it every time. */
async function dbAndWeb(): Promise<void> {
  await t.here.ok(['start', '--name', 'db', '--', program('waits.sh')])
  await t.here.ok(['start', '--name', 'web', '--after', 'db', '--', program('waits.sh')])
}
const views = async () =>
  (await t.here.json<ProcessView[]>(['ls', '--all'])).map(({ name, status, wanted, reason, run }) => ({
    name,
    status,
    wanted,
    reason,
    run,
  }))
const halted = (name: string) => ({ name, status: 'stopped', wanted: 'up', reason: 'stopped with the daemon', run: 1 })
const runs = (run: number) => async () => {
  const all = await views()
  return all.length > 0 && all.every((view) => view.status === 'running' && view.run === run)
}
const alive = () => t.processes().filter((one) => one.id !== null)
const begun = (run: number) =>
  [
    ...readFileSync(join(t.home, 'daemon.log'), 'utf8').matchAll(new RegExp(`'(\\w+)' started \\(PID: \\d+, run ${run}\\)`, 'g')),
  ].map((found) => found[1])

test('where there is no home, what reads answers with nothing and makes nothing; what changes something makes it', async () => {
  expect(await views()).toEqual([])
  expect((await t.run(['daemon', 'status'])).code).toBe(5)
  expect((await t.here.run(['show', 'web'])).code).toBe(4)
  expect([existsSync(t.home), t.daemons()]).toEqual([false, []])
  await t.here.ok(['start', '--name', 'web', '--', program('waits.sh')])
  expect(await views()).toMatchObject([{ name: 'web', status: 'running', run: 1 }])
})

describe('after `daemon stop --kill-children`', () => {
  test('any daemon shows all as stopped and starts none, `start X` starts X alone, `daemon start` the rest in order', async () => {
    await dbAndWeb()
    await t.here.ok(['start', '--name', 'lone', '--', program('waits.sh')])
    await t.here.ok(['run', '-d', '--name', 'later', '--after', 'lone:done', '--', 'true'])
    const said = await t.ok(['daemon', 'stop', '--kill-children'])
    expect(said.stderr).toContain('ptrack daemon start')
    expect(alive()).toEqual([])

    const waiting = { name: 'later', status: 'pending', wanted: 'up', reason: 'stopped with the daemon', run: 0 }
    expect(await views()).toEqual([halted('db'), halted('web'), halted('lone'), waiting])
    expect(await t.here.json<DaemonStatus>(['daemon', 'status'])).toMatchObject({ halted: true, live: 0 })
    await t.here.ok(['start', 'lone'])
    // A daemon that comes later knows it too.
    await t.killDaemon()
    expect(await views()).toMatchObject([halted('db'), halted('web'), { name: 'lone', status: 'running', run: 2 }, waiting])
    expect(new Set(alive().map((one) => one.run))).toHaveLength(1)

    const { stderr } = await t.ok(['daemon', 'start'])
    expect(stderr).toContain('starting what was stopped with the daemon: db, web')
    await t.until(async () => (await views()).filter((view) => view.status === 'running').length === 3, 'all services run')
    expect(begun(2)).toEqual(['lone', 'db', 'web'])
    expect(await t.here.json(['daemon', 'status'])).toMatchObject({ halted: false })
  })

  test('`start all` lifts it', async () => {
    await dbAndWeb()
    await t.here.ok(['daemon', 'stop', '--kill-children'])
    await t.here.ok(['start', 'all'])
    await t.until(runs(2), 'all run')
    expect(await t.here.json(['daemon', 'status'])).toMatchObject({ halted: false })
  })

  /** What keeps its daemon in the foreground, as systemd has it; ended by the daemon's own end. */
  const inForeground = (...[file, ...args]: string[]) => spawn(file!, args, { cwd: t.dir, env: t.env, stdio: 'ignore' })

  test('`daemon run` lifts it', async () => {
    await dbAndWeb()
    await t.here.ok(['daemon', 'stop', '--kill-children'])
    inForeground(process.execPath, cliFile, 'daemon', 'run')
    await t.until(async () => t.daemon() !== null && (await runs(2)()), 'all run again')
    expect(begun(2)).toEqual(['db', 'web'])
    expect(await t.here.json(['daemon', 'status'])).toMatchObject({ halted: false })
  })

  test('`daemon run` beside a daemon that runs is refused, and lifts nothing', async () => {
    await dbAndWeb()
    await t.here.ok(['daemon', 'stop', '--kill-children'])
    expect(await views()).toEqual([halted('db'), halted('web')])
    expect(await t.run(['daemon', 'run'])).toMatchObject({ code: 1, stderr: expect.stringContaining('one already runs') })
    expect(await views()).toEqual([halted('db'), halted('web')])
  })

  test('the start of the unit lifts it', async () => {
    await dbAndWeb()
    await t.here.ok(['daemon', 'stop', '--kill-children'])
    const unit = (await t.here.ok(['systemd', 'print'])).stdout
    // Without a `"` or `$` in it, a line of a unit is one of a shell.
    const [before, start] = ['ExecStartPre=-', 'ExecStart='].map((key) =>
      unit
        .split('\n')
        .find((line) => line.startsWith(key))!
        .slice(key.length),
    )
    expect(await views()).toEqual([halted('db'), halted('web')])
    spawnSync('sh', ['-c', before!], { env: t.env })
    inForeground('sh', '-c', `exec ${start}`)
    await t.until(async () => t.daemon() !== null && (await runs(2)()), 'all run again')
    expect(begun(2)).toEqual(['db', 'web'])
    expect(await t.here.json(['daemon', 'status'])).toMatchObject({ halted: false })
  })

  test.each([
    ['while none runs', false],
    ['of a daemon that runs', true],
  ])('`resurrect` lifts it, %s', async (_, first) => {
    await dbAndWeb()
    await t.here.ok(['daemon', 'stop', '--kill-children'])
    if (first) expect(await views()).toEqual([halted('db'), halted('web')])
    const { stderr } = await t.here.ok(['resurrect'])
    expect(stderr).toContain('starting what was stopped with the daemon: db, web')
    await t.until(runs(2), 'all run again')
    expect(begun(2)).toEqual(['db', 'web'])
    expect(await t.here.json(['daemon', 'status'])).toMatchObject({ halted: false })
  })

  test('and so does a boot', async () => {
    await dbAndWeb()
    await t.here.ok(['daemon', 'stop', '--kill-children'])
    await t.here.ok(['daemon', 'start'])
    await t.until(runs(2), 'all run again')
    await t.here.ok(['daemon', 'stop', '--kill-children'])
    expect((await views()).map(({ status }) => status)).toEqual(['stopped', 'stopped'])
    await loseTheMachine(t)
    await t.until(runs(3), 'all run after the boot')
  })
})

test('with no daemon `daemon stop --kill-children` ends what the last one left, and starts nothing', async () => {
  await dbAndWeb()
  await t.here.ok(['start', '--name', 'gone', '--', program('waits.sh')])
  const gone = identOf((await t.ls('gone'))!.pid!)!
  await t.killDaemon()
  await endIdent(gone)
  expect(await t.json(['daemon', 'stop', '--kill-children'])).toMatchObject({ stopped: true, left: 0 })
  await t.until(() => alive().length === 0, 'nothing lives')
  expect(await views()).toEqual([halted('db'), halted('web'), halted('gone')])
  expect(t.processes().filter((one) => one.id !== null)).toEqual([])
})

test('where there is no home `daemon stop --kill-children` makes none', async () => {
  expect(await t.json(['daemon', 'stop', '--kill-children'])).toEqual({
    stopped: false,
    pid: null,
    left: 0,
    killed: [],
  })
  expect(existsSync(t.home)).toBe(false)
})

test('all ended together with the daemon: in order, no failure is counted, and `why` says so', async () => {
  await dbAndWeb()
  await t.killDaemon()
  for (let left = t.processes(); left.length > 0; left = t.processes()) await Promise.all(left.map(endIdent))
  await t.until(runs(2), 'all run again')
  expect(begun(2)).toEqual(['db', 'web'])
  for (const name of ['db', 'web']) expect(await t.ls(name)).toMatchObject({ restarts: 0, crashLoop: false })
  const why = await t.here.json<WhyView>(['why', 'web'])
  expect(JSON.stringify(why)).toContain('everything ended together with the daemon')
  expect(JSON.stringify(why)).not.toMatch(/exit unknown|failed/)
})

test('one that ended alone meanwhile has failed', async () => {
  await dbAndWeb()
  const web = identOf((await t.ls('web'))!.pid!)!
  await t.killDaemon()
  await endIdent(web)
  await t.until(async () => (await t.ls('web'))?.run === 2, 'it runs again')
  expect(await t.ls('web')).toMatchObject({ restarts: 1 })
  expect(await t.ls('db')).toMatchObject({ run: 1, adopted: true })
})
