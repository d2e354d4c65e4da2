/** What comes after a failure: at once, later, much later, or never again. Delays are read from what ptrack recorded. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PtrackEvent } from '../../src/protocol/events.ts'
import type { ProcessView } from '../../src/protocol/view.ts'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { ended, events, hasRunFor, instancesOf, reaches, toldChild } from '../support/runs.ts'
import { atMost } from '../support/slow-machine.ts'

type StatusChange = Extract<PtrackEvent, { type: 'statusChange' }>
/** Timers may be late on a busy machine, never early; two clocks are rounded. */
const ROUNDING_MS = 3
const LATE_MS = 2000

const delayOf = (view: ProcessView): number => Date.parse(view.retry!.nextAt) - Date.parse(view.since)
const changes = async (t: TestHome, name: string): Promise<StatusChange[]> =>
  (await events(t, name)).filter((event): event is StatusChange => event.type === 'statusChange' && event.from !== event.to)

describe.concurrent('restarts', () => {
  let t: TestHome
  beforeAll(async () => {
    t = await testHome()
    await t.here.ok(['daemon', 'start'])
  })
  afterAll(async () => {
    await t?.close()
  })
  const leave = (name: string): void => writeFileSync(join(t.dir, name), '')

  test('after ten seconds at once, and what was left is swept up after it; the next failure waits', async () => {
    const command = [program('leaves-when.py'), join(t.dir, 'seasoned'), '1', 'late']
    await t.here.ok(['start', '--name', 'seasoned', '--', ...command])
    const { id } = await hasRunFor(t, 'seasoned', 10_100)
    leave('seasoned')
    const child = await toldChild(t, 'seasoned')
    await t.until(async () => (await t.ls('seasoned'))?.run === 2, 'the second run')
    expect((await changes(t, 'seasoned')).map((change) => change.to)).not.toContain('retrying')
    await t.until(() => !instancesOf(t, id).some(({ pid }) => pid === child), 'the child of the first run is ended')

    await t.until(() => instancesOf(t, id).length === 1, 'the second run is alone')
    leave('seasoned')
    await t.until(async () => (await t.ls('seasoned'))?.run === 3, 'the third run')
    const waited = (await changes(t, 'seasoned')).filter((change) => change.to === 'retrying')
    expect(waited).toMatchObject([{ run: 2, reason: 'exit code 1' }])
    expect(await reaches(t, 'seasoned', 'running')).toMatchObject({ restarts: 2, crashLoop: false, error: null })
  })

  test('a quick failure waits 100 ms, then twice as long each time, give or take a fifth', async () => {
    await t.here.run(['start', '--name', 'crashing', '--', program('exits-with.sh'), '1'])
    const late = await t.until(async () => {
      const now = await t.ls('crashing')
      return now?.status === 'retrying' && now.run === 6 ? now : false
    }, 'the sixth wait')
    expect(late).toMatchObject({ restarts: 5, reason: 'exit code 1', retry: { attempt: 6, of: null }, exitCode: 1, pid: null })
    expect(delayOf(late)).toBeGreaterThanOrEqual(3200 * 0.8 - ROUNDING_MS)
    expect(delayOf(late)).toBeLessThanOrEqual(3200 * 1.2 + ROUNDING_MS)
    expect((await t.here.ok(['ls'])).stdout).toMatch(/crashing .*restarting in (<1|\d)s: exit code 1/)

    const told = (await changes(t, 'crashing')).filter(({ to }) => to === 'retrying' || to === 'starting')
    const waits = told.flatMap((change, n) =>
      change.to === 'retrying' && told[n + 1] ? [Date.parse(told[n + 1]!.at) - Date.parse(change.at)] : [],
    )
    expect(waits.length).toBeGreaterThanOrEqual(5)
    for (const [n, ms] of waits.entries()) {
      const nominal = 100 * 2 ** n
      expect(ms, `wait ${n + 1}`).toBeGreaterThanOrEqual(nominal * 0.8 - ROUNDING_MS)
      expect(ms, `wait ${n + 1}`).toBeLessThan(nominal * 1.2 + atMost(LATE_MS))
    }
  })

  test('always: a clean exit comes back too, later each time, and is no failure', async () => {
    await t.here.run(['start', '--name', 'clean', '--max-restarts', '1', '--', program('exits-with.sh'), '0'])
    const view = await t.until(async () => {
      const now = await t.ls('clean')
      return now?.status === 'retrying' && now.run >= 4 ? now : false
    }, 'a later wait')
    expect(view).toMatchObject({ exitCode: 0, error: null, crashLoop: false })
    const { runs } = await t.here.json<{ runs: { outcome: string | null }[] }>(['show', 'clean'])
    // The one that lives has none yet.
    expect(new Set(runs.map(({ outcome }) => outcome).filter((outcome) => outcome !== null))).toEqual(new Set(['done']))
  })

  test('--max-restarts ends it as failed; a start by hand counts from zero', async () => {
    await t.here.run(['start', '--name', 'limited', '--max-restarts', '2', '--', program('exits-with.sh'), '4'])
    const view = await ended(t, 'limited')
    expect(view).toMatchObject({ status: 'failed', run: 3, restarts: 2, wanted: 'up', exitCode: 4, error: { code: 'EXITED' } })
    expect(view.reason).toBe('exit code 4; 3 failures are more than --max-restarts 2')
    expect((await t.run(['start', 'limited'])).code).toBe(1)
    expect(await ended(t, 'limited')).toMatchObject({ status: 'failed', run: 6, restarts: 2 })
    await t.here.ok(['reset', 'limited'])
    expect(await t.ls('limited')).toMatchObject({ status: 'failed', restarts: 0, crashLoop: false })
  })

  test('--restart-window: failures that are further apart do not add up', async () => {
    const options = ['--max-restarts', '1', '--restart-window', '20ms']
    await t.here.run(['start', '--name', 'spaced', ...options, '--', program('exits-with.sh'), '1'])
    expect((await reachesRun(t, 'spaced', 4)).status).not.toBe('failed')
  })

  test('--restart-delay is the pause, shown by show; none brings the growing ones back', async () => {
    await t.here.run(['start', '--name', 'paused', '--restart-delay', '1h', '--', program('exits-with.sh'), '1'])
    const view = await reaches(t, 'paused', 'retrying')
    expect(delayOf(view)).toBeGreaterThanOrEqual(3_600_000 - ROUNDING_MS)
    expect((await t.here.ok(['show', 'paused'])).stdout).toMatch(/restart +always, 1h after each end\n/)
    await t.here.ok(['set', 'paused', '--restart-delay', 'none'])
    expect((await t.here.ok(['show', 'paused'])).stdout).toMatch(/restart +always\n/)
    expect((await t.run(['set', 'paused', '--restart-delay', '50ms'])).stderr).toContain(
      'it is shorter than 100ms; write --restart-delay 100ms',
    )
  })

  test('--max-restarts 0 allows none', async () => {
    await t.here.run(['start', '--name', 'once', '--max-restarts', '0', '--', program('exits-with.sh'), '1'])
    expect(await ended(t, 'once')).toMatchObject({ status: 'failed', run: 1, restarts: 0 })
  })

  const reachesRun = (home: TestHome, name: string, run: number): Promise<ProcessView> =>
    home.until(async () => {
      const now = await home.ls(name)
      return now && now.run >= run ? now : false
    }, `run ${run} of ${name}`)
})

describe('a crash loop', () => {
  /** As if it had failed before, each time after it had run for so long; ten real ones with their waits take a minute. */
  function rememberFailures(t: TestHome, agesMs: Record<string, number[]>): void {
    const file = join(t.home, 'process-state.json')
    const state = JSON.parse(readFileSync(file, 'utf8')) as {
      processes: Record<string, { definition: { name: string }; tracked: { failures: number[] } }>
    }
    const now = Number(process.hrtime.bigint() / 1_000_000n)
    for (const { definition, tracked } of Object.values(state.processes))
      tracked.failures = agesMs[definition.name]!.map((age) => now - age)
    writeFileSync(file, JSON.stringify(state))
  }

  test('the tenth failure in ten minutes is one, however long it ran in between; reset forgets it', async () => {
    const t = await testHome()
    try {
      for (const name of ['looping', 'rare', 'limited']) {
        const options = name === 'limited' ? ['--max-restarts', '9'] : []
        await t.here.ok(['start', '--name', name, ...options, '--', program('leaves-when.py'), join(t.dir, name), '1', 'alone'])
      }
      const minutely = [9, 8, 7, 6, 5, 4, 3, 2, 1].map((minute) => minute * 60_000)
      await t.here.ok(['daemon', 'stop'])
      rememberFailures(t, { looping: minutely, limited: minutely, rare: [660_000, ...minutely.slice(1)] })
      await t.here.ok(['daemon', 'start'])
      for (const name of ['looping', 'rare', 'limited']) writeFileSync(join(t.dir, name), '')

      const view = await reaches(t, 'looping', 'retrying')
      expect(view).toMatchObject({ crashLoop: true, wanted: 'up' })
      // The longest wait at once.
      expect(delayOf(view)).toBeGreaterThanOrEqual(48_000 - ROUNDING_MS)
      expect(delayOf(view)).toBeLessThanOrEqual(72_000 + ROUNDING_MS)
      expect((await t.here.ok(['ls'])).stdout).toMatch(/looping .*crash loop, next in (1m|[4-7]\d s|\d+s)/)
      expect((await t.here.ok(['why', 'looping'])).stdout).toMatch(/^looping is in a crash loop, next in /)
      const marks = async (name: string) => (await events(t, name)).filter((event) => event.type === 'crashLoop')
      expect(await marks('looping')).toMatchObject([{ failures: 10, windowMs: 600_000, on: true }])

      // One of its failures is older than the window.
      await t.until(async () => (await t.ls('rare'))?.run === 2, 'the rare one runs again')
      expect(await t.ls('rare')).toMatchObject({ crashLoop: false })
      expect(await marks('rare')).toEqual([])
      expect(await ended(t, 'limited')).toMatchObject({
        status: 'failed',
        reason: expect.stringMatching(/; 10 failures are more than --max-restarts 9$/),
      })

      await t.here.ok(['reset', 'looping'])
      expect(await t.ls('looping')).toMatchObject({ crashLoop: false, restarts: 0, status: 'retrying' })
      expect(await marks('looping')).toMatchObject([{ on: true }, { on: false }])
      await t.here.ok(['start', 'looping'])
      expect(await t.ls('looping')).toMatchObject({ status: 'running', restarts: 0, retry: null })
    } finally {
      await t.close()
    }
  })
})
