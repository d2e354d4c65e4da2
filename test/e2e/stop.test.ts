/** Stopping reaches everything, tells the truth when it cannot, and never leaves two of one process behind. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ActionResult } from '../../src/protocol/requests.ts'
import type { ProcessDetail } from '../../src/protocol/view.ts'
import { program, type RunResult, type TestHome, testHome } from '../support/daemon.ts'
import { openFreezer } from '../support/freezer.ts'
import { isAlive, statOf } from '../support/proc.ts'
import { skipFor } from '../support/requires.ts'
import { childOf, ended, events, instancesOf, reaches, said } from '../support/runs.ts'
import { atMost } from '../support/slow-machine.ts'

let t: TestHome
beforeAll(async () => {
  t = await testHome()
  await t.here.ok(['daemon', 'start'])
})
afterAll(async () => {
  await t?.close()
})

const begin = async (name: string, file: string, options: string[] = [], ...args: string[]): Promise<string> => {
  await t.here.ok(['start', '--name', name, ...options, '--', program(file), ...args])
  await t.until(() => said(t, name).includes('ready'), `${name} is ready`, 30_000)
  return (await t.ls(name))!.id
}
/** Leaders of sessions with its marker: one for each time it runs, counted from /proc and not from what ptrack says. */
const leadersOf = (id: string): number => instancesOf(t, id).filter((found) => statOf(found.pid)?.session === found.pid).length

describe.concurrent('stop reaches', () => {
  test.each([
    ['its group', 'waits.sh', []],
    ['a child in a session of its own', 'leaves-a-setsid-child.py', ['stay']],
    ['a daemon that it forked twice', 'double-forks.py', []],
  ])('%s', async (what, file, args) => {
    const name = what.replaceAll(' ', '-')
    const id = await begin(name, file, [], ...args)
    const found = instancesOf(t, id)
    expect(found.length).toBeGreaterThan(1)
    const [result] = await t.here.json<ActionResult[]>(['stop', name])
    expect(result).toMatchObject({ ok: true, view: { status: 'stopped', wanted: 'down', pid: null } })
    expect(found.filter(isAlive)).toEqual([])
    expect(instancesOf(t, id)).toEqual([])
  })

  test('a program that ignores SIGTERM is dead within its timeout and two seconds, and the result says so', async () => {
    await begin('deaf', 'ignores-sigterm.mjs', ['--stop-timeout', '600ms'])
    const pid = (await t.ls('deaf'))!.pid!
    const { stdout } = await t.here.ok(['stop', 'deaf'])
    expect(statOf(pid)).toBeNull()
    expect(stdout).toMatch(/^deaf: stopped; .*SIGKILL/)
    expect(await t.ls('deaf')).toMatchObject({ status: 'stopped', signal: 'SIGKILL', reason: expect.stringContaining('SIGKILL') })
    const told = await events(t, 'deaf')
    const asked = told.find((event) => event.type === 'statusChange' && event.to === 'completing')!
    const died = told.find((event) => event.type === 'processExit')!
    const tookMs = Date.parse(died.at) - Date.parse(asked.at)
    expect(tookMs).toBeGreaterThanOrEqual(590)
    expect(tookMs).toBeLessThan(atMost(2600))
    expect(said(t, 'deaf').match(/ignored SIGTERM/g)).toHaveLength(1)
  })

  test('--timeout is the patience of this one stop', async () => {
    await begin('deaf-long', 'ignores-sigterm.mjs', ['--stop-timeout', '10m'])
    const [result] = await t.json<ActionResult[]>(['stop', 'deaf-long', '--timeout', '100ms'], { timeoutMs: 30_000 })
    expect(result).toMatchObject({ ok: true, view: { status: 'stopped', signal: 'SIGKILL' } })
  })

  test('a program is asked once, whatever it starts in order to clean up', async () => {
    await begin('tidy', 'cleans-up-slowly.py')
    const { stdout } = await t.here.ok(['stop', 'tidy'])
    expect(stdout).toBe('tidy stopped\n')
    expect(said(t, 'tidy')).toContain('asked 1 times')
    expect(await t.ls('tidy')).toMatchObject({ status: 'stopped', exitCode: 0, signal: null, reason: null })
  })

  test('a paused tree, which gets to act on SIGTERM', async () => {
    const id = await begin('asleep', 'waits.sh')
    await t.here.ok(['pause', 'asleep'])
    await t.until(() => instancesOf(t, id).every((found) => statOf(found.pid)?.state === 'T'), 'all of it is stopped')
    await t.here.ok(['stop', 'asleep'])
    expect(instancesOf(t, id)).toEqual([])
    // Its own exit code: SIGKILL would have left none.
    expect(await t.ls('asleep')).toMatchObject({ status: 'stopped', exitCode: 0, signal: null })
  })
})

describe.concurrent('commands on one process are serial', () => {
  const code = (result: RunResult): number | null => result.code

  test('stop during start', async () => {
    const starting = t.here.run(['start', '--name', 'slow', '--health', 'log:no-such-line', '--', program('waits.sh')])
    await reaches(t, 'slow', 'starting')
    await t.here.ok(['stop', 'slow'])
    const result = await starting
    expect(result.stderr).toContain('it was stopped meanwhile')
    expect(result.code).toBe(1)
    const view = await t.ls('slow')
    expect(view).toMatchObject({ status: 'stopped', wanted: 'down' })
    expect(leadersOf(view!.id)).toBe(0)
  })

  test.each(['start', 'restart'])('%s during stop: one new run, and the stop learns of it', async (verb) => {
    const name = `again-${verb}`
    const id = await begin(name, 'ignores-sigterm.mjs', ['--stop-timeout', '3s'])
    const stopping = t.here.run(['stop', name])
    await reaches(t, name, 'completing')
    const starting = t.here.run([verb, name])
    // Answered when the later wish has come, not when its own patience is over.
    expect(await Promise.race([stopping.then(() => 'stop'), starting.then(() => verb)])).toBe('stop')
    const stopped = await stopping
    expect(stopped.stderr).toMatch(/cannot stop .*started again meanwhile/)
    expect(stopped.code).toBe(1)
    expect(code(await starting)).toBe(0)
    expect(await t.ls(name)).toMatchObject({ status: 'running', wanted: 'up', run: 2 })
    expect(leadersOf(id)).toBe(1)
  })

  test('stop during restart: nothing lives, and the restart says why', async () => {
    const id = await begin('undone', 'ignores-sigterm.mjs', ['--stop-timeout', '3s'])
    const restarting = t.here.run(['restart', 'undone'])
    await reaches(t, 'undone', 'completing')
    await t.here.ok(['stop', 'undone'])
    expect((await restarting).stderr).toContain('it was stopped meanwhile')
    expect(await t.ls('undone')).toMatchObject({ status: 'stopped', wanted: 'down', run: 1 })
    expect(leadersOf(id)).toBe(0)
  })

  test('stop during a backoff: the run that was due never comes', async () => {
    await t.here.run(['start', '--name', 'crashing', '--', program('crashes-after.mjs'), '0'])
    const view = await t.until(async () => {
      const now = await t.ls('crashing')
      return now?.status === 'retrying' && now.run >= 4 ? now : false
    }, 'it waits for a later run')
    await t.here.ok(['stop', 'crashing'])
    const { run } = (await t.ls('crashing'))!
    await t.until(() => Date.now() > Date.parse(view.retry!.nextAt) + 500, 'the time of the next run has passed')
    expect(await t.ls('crashing')).toMatchObject({ status: 'stopped', wanted: 'down', run, retry: null })
    expect(leadersOf(view.id)).toBe(0)
  })

  test('start during a backoff: at once, one instance, counters from zero', async () => {
    await t.here.run(['start', '--name', 'impatient', '--', program('exits-with.sh'), '1'])
    await t.until(async () => {
      const now = await t.ls('impatient')
      // Several seconds of it are left, so that the commands below fall into it on a busy machine too.
      return now?.status === 'retrying' && Date.parse(now.retry!.nextAt) > Date.now() + 5000
    }, 'it waits for a later run')
    await t.here.ok(['set', 'impatient', '--', program('waits.sh')])
    await t.here.ok(['start', 'impatient'])
    const view = (await t.ls('impatient'))!
    expect(view).toMatchObject({ status: 'running', restarts: 0, error: null, retry: null })
    expect(leadersOf(view.id)).toBe(1)
  })

  test('double start: a new name once, a known one once', async () => {
    const both = await Promise.all([1, 2].map(() => t.here.run(['start', '--name', 'twin', '--', program('waits.sh')])))
    expect(both.map(code).sort()).toEqual([0, 2])
    expect(both.find((one) => one.code === 2)!.stderr).toMatch(
      /a process of this name exists \(id |another start is just defining it/,
    )
    const { id } = (await t.ls('twin'))!
    expect(leadersOf(id)).toBe(1)
    await t.here.ok(['stop', 'twin'])
    expect((await Promise.all([1, 2, 3].map(() => t.here.run(['start', 'twin'])))).map(code)).toEqual([0, 0, 0])
    expect(await t.ls('twin')).toMatchObject({ status: 'running', run: 2 })
    expect(leadersOf(id)).toBe(1)
  })

  test('twenty commands at once: one instance or none, as the list says', async () => {
    const id = await begin('busy', 'waits.sh')
    const verbs = ['stop', 'start', 'restart', 'restart', 'stop', 'pause', 'resume', 'start', 'cancel', 'reset']
    let seen = 0
    const watching = setInterval(() => {
      seen = Math.max(seen, leadersOf(id))
    }, 20)
    const results = await Promise.all([...verbs, ...verbs].map((verb) => t.here.run([verb, 'busy'])))
    clearInterval(watching)
    expect(seen).toBeLessThanOrEqual(1)
    for (const result of results) expect([0, 1, 3], result.stderr).toContain(result.code)
    const view = await reaches(t, 'busy', 'running', 'stopped', 'paused')
    expect(view.status === 'stopped' ? 'down' : 'up').toBe(view.wanted)
    expect(leadersOf(id)).toBe(view.status === 'stopped' ? 0 : 1)
    await t.here.ok(['delete', 'busy'])
    expect(instancesOf(t, id)).toEqual([])
  })
})

test('what SIGKILL does not end is called unkillable, until it has really ended', async (context) => {
  const freezer = openFreezer()
  if ('there' in freezer) return skipFor(context, freezer)
  try {
    const id = await begin('stuck', 'leaves-a-setsid-child.py', ['--stop-timeout', '300ms'], 'stay')
    const child = await childOf(t, 'stuck')
    const pids = instancesOf(t, id).map((found) => found.pid)
    await freezer.freeze(pids)
    const stop = await t.here.run(['stop', 'stuck'])
    expect(stop.code).toBe(1)
    expect(stop.stderr).toMatch(/^ptrack: cannot stop stuck: pid [\d, ]+ still lives after SIGTERM and SIGKILL; /)
    for (const pid of pids) expect(stop.stderr).toContain(String(pid))
    expect(await t.ls('stuck')).toMatchObject({ status: 'completing', reason: 'unkillable', wanted: 'down', endedAt: null })
    // Asking again changes nothing about what is so, and does not take its time.
    const again = await t.here.json<{ error: { code: string } }>(['restart', 'stuck'])
    expect(again.error.code).toBe('UNKILLABLE')
    expect(await t.ls('stuck')).toMatchObject({ status: 'completing', reason: 'unkillable' })
    expect((await t.here.run(['stop', 'stuck'])).code).toBe(1)
    expect((await t.here.run(['delete', 'stuck'])).code).toBe(1)
    expect(isAlive(child)).toBe(true)

    // A later daemon goes on where this one was.
    await t.killDaemon()
    expect(await t.ls('stuck')).toMatchObject({ status: 'completing', reason: 'unkillable' })
    await freezer.thaw()
    expect(await ended(t, 'stuck')).toMatchObject({ status: 'stopped', wanted: 'down', run: 1 })
    expect(instancesOf(t, id)).toEqual([])
    expect((await t.here.json<ProcessDetail>(['show', 'stuck'])).runs).toMatchObject([{ run: 1, outcome: 'stopped' }])
  } finally {
    await freezer.thaw()
    await t.here.run(['delete', 'stuck'])
    await freezer.close()
  }
})
