import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { ask, define } from '../support/ask.ts'
import { type TestHome, testHome } from '../support/daemon.ts'
import { reaches, said } from '../support/runs.ts'
import { emptied } from '../support/shared-home.ts'

let t: TestHome
beforeAll(async () => {
  t = await testHome()
})
afterEach(() => emptied(t))
afterAll(() => t.close())

const EVERY_SECOND = '* * * * * *'
const job = (name: string, script: string, more: object = {}) =>
  define(t, { name, kind: 'job', command: ['/bin/sh', '-c', script], ...more })
const runsOf = (name: string): number =>
  said(t, name)
    .split('\n')
    .filter((line) => line === 'ran').length

describe('a job with a schedule', () => {
  test('waits for its time, runs at each, and shows its last outcome and the next time in between', async () => {
    const made = await job('yearly', 'echo ran', { cron: '0 0 1 1 *' })
    expect(made).toMatchObject({ ok: true, view: { status: 'pending', run: 0 } })
    expect(made.view!.reason).toMatch(new RegExp(`^next run at ${made.view!.nextRunAt} \\(its hours are those of [\\w/+-]+\\)$`))
    await job('often', 'echo ran; exit 3', { cron: EVERY_SECOND })
    await t.until(() => runsOf('often') >= 3, 'it ran three times')
    const view = await t.until(async () => {
      const found = await t.ls('often')
      return found?.status === 'failed' && found
    }, 'it has ended')
    expect(view.exitCode).toBe(3)
    expect(Date.parse(view.nextRunAt!)).toBeGreaterThan(Date.parse(view.endedAt!) - 1000)
    expect(runsOf('yearly')).toBe(0)
  })

  test('waits on under the next daemon, which says the same of it', async () => {
    const made = await job('yearly', 'echo ran', { cron: '0 0 1 1 *' })
    await t.killDaemon()
    const view = await t.until(async () => {
      const found = await t.ls('yearly')
      return found?.nextRunAt != null && found
    }, 'its time is known again')
    expect([view.status, view.reason, view.nextRunAt]).toEqual(['pending', made.view!.reason, made.view!.nextRunAt])
    expect((await ask(t, 'why', { targets: ['yearly'] }))[0]!.timeline.length).toBe(1)
  })

  test('may be started by hand before its time', async () => {
    await job('yearly', 'echo ran', { cron: '0 0 1 1 *' })
    await ask(t, 'start', { targets: ['yearly'] })
    const view = await reaches(t, 'yearly', 'done')
    expect([runsOf('yearly'), view.nextRunAt]).toEqual([1, expect.stringMatching(/^20/)])
  })

  test('goes on after kill -9 of the daemon, and ends with a stop until it is started again', async () => {
    await job('often', 'echo ran', { cron: EVERY_SECOND })
    await t.until(() => runsOf('often') >= 1, 'it ran')
    await t.killDaemon()
    const before = runsOf('often')
    await t.ls('often')
    await t.until(() => runsOf('often') > before + 1, 'the next daemon runs it too')
    await ask(t, 'stop', { targets: ['often'] })
    const stopped = await t.ls('often')
    expect(stopped?.nextRunAt).toBeNull()
    const runs = runsOf('often')
    // Another schedule has had three turns: this one would have had some as well.
    await job('clock', 'echo ran', { cron: EVERY_SECOND })
    await t.until(() => runsOf('clock') >= 3, 'three more seconds')
    expect(runsOf('often')).toBe(runs)
    await t.killDaemon()
    expect((await t.ls('often'))?.nextRunAt).toBeNull()
    await ask(t, 'start', { targets: ['often'] })
    await t.until(() => runsOf('often') > runs + 1, 'it has its schedule back')
  })

  test('that still runs leaves its turn out, or takes it right after', async () => {
    const slow = 'echo ran; test -e free || sleep 3600'
    await job('skips', slow, { cron: EVERY_SECOND })
    await job('queues', slow, { cron: EVERY_SECOND, cronOverlap: 'queue' })
    await job('clock', 'echo ran', { cron: EVERY_SECOND })
    await t.until(() => runsOf('skips') === 1 && runsOf('queues') === 1, 'both run')
    const from = runsOf('clock')
    await t.until(() => runsOf('clock') >= from + 3, 'three times have come')
    expect([runsOf('skips'), runsOf('queues')]).toEqual([1, 1])
    expect([(await t.ls('skips'))?.run, (await t.ls('queues'))?.run]).toEqual([1, 1])
    await ask(t, 'cancel', { targets: ['skips'] })
    // Its schedule goes on, so that the next run may have begun by now: the first one is looked at, not the process.
    const outcome = async () => (await ask(t, 'show', { targets: ['skips'] }))[0]!.runs.find(({ run }) => run === 1)?.outcome
    expect(await t.until(outcome, 'the first run has ended')).toBe('cancelled')
  })

  test('is not told its time by a deleted one', async () => {
    await job('often', 'echo ran', { cron: EVERY_SECOND })
    await t.until(() => runsOf('often') >= 1, 'it ran')
    await ask(t, 'delete', { targets: ['often'] })
    const runs = runsOf('often')
    await job('clock', 'echo ran', { cron: EVERY_SECOND })
    await t.until(() => runsOf('clock') >= 3, 'three more seconds')
    expect(runsOf('often')).toBe(runs)
  })
})

test('what was queued runs once when the present run has ended', async () => {
  await job('queues', 'echo ran; exec sleep 3600', { cron: EVERY_SECOND, cronOverlap: 'queue' })
  await job('clock', 'echo ran', { cron: EVERY_SECOND })
  await t.until(() => runsOf('queues') === 1, 'it runs')
  const from = runsOf('clock')
  await t.until(() => runsOf('clock') >= from + 2, 'two times have come')
  // The run is cancelled; its schedule, and what is queued, is not.
  await ask(t, 'cancel', { targets: ['queues'] })
  await t.until(() => runsOf('queues') === 2, 'it runs again')
  const view = await t.ls('queues')
  expect([view?.run, view?.wanted]).toEqual([2, 'up'])
})

test('a service runs at once, and is restarted at its times', async () => {
  await define(t, { name: 'web', command: ['/bin/sh', '-c', 'echo ran; exec sleep 3600'], cron: '*/2 * * * * *' })
  await t.until(() => runsOf('web') >= 3, 'it was restarted twice', 30_000)
  const view = await t.ls('web')
  expect(view?.nextRunAt).toMatch(/^20/)
  await ask(t, 'stop', { targets: ['web'] })
  expect((await t.ls('web'))?.nextRunAt).toBeNull()
  const { timeline } = (await ask(t, 'why', { targets: ['web'] }))[0]!
  expect(timeline.some(({ reason }) => reason?.includes('its time has come (*/2 * * * * *)'))).toBe(true)
})

test('another expression counts from now on; one that cannot be read changes nothing', async () => {
  await job('changes', 'echo ran', { cron: '0 0 1 1 *' })
  const [refused] = await ask(t, 'set', { targets: ['changes'], changes: { cron: 'nonsense' } })
  expect(refused).toMatchObject({ ok: false, error: { code: 'USAGE' }, view: { status: 'pending' } })
  expect((await ask(t, 'show', { targets: ['changes'] }))[0]!.definition.cron).toBe('0 0 1 1 *')
  await ask(t, 'set', { targets: ['changes'], changes: { cron: EVERY_SECOND } })
  await t.until(() => runsOf('changes') >= 2, 'it runs')
  await ask(t, 'set', { targets: ['changes'], changes: { cron: null } })
  expect((await t.ls('changes'))?.nextRunAt).toBeNull()
})

test.each(['nonsense', '61 * * * *', '0 0 31 2 *', '@reboot'])(
  'the expression %j is refused, and nothing is made',
  async (cron) => {
    await expect(job('x', 'exit 0', { cron })).rejects.toThrow(/^cannot (?:read|use) the cron expression/)
    expect(await t.ls('x')).toBeUndefined()
  },
)
