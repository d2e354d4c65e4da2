/** Jobs of a fleet while daemons, ptrackd-fleet, the bus and the scheduler are killed or frozen: each program runs at most once, and the truth is told. */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join as path } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { FleetJobView } from '../../src/protocol/fleet-jobs.ts'
import { natsServer } from '../support/bus.ts'
import type { TestHome } from '../support/daemon.ts'
import { agentsOf, nodesOf, ownFleet, seen, statusOf } from '../support/fleet.ts'
import { endIdent, identOf, isAlive, signalIdent } from '../support/proc.ts'
import { describeNeeding } from '../support/requires.ts'

describeNeeding(natsServer)('jobs of a fleet in which much goes wrong', () => {
  let fleet: Awaited<ReturnType<typeof ownFleet>>
  let [n1, n2, n3] = [] as unknown as [TestHome, TestHome, TestHome]
  beforeEach(async () => {
    if (!natsServer.there) return
    fleet = await ownFleet()
    n1 = fleet.n1
    n2 = fleet.n2
    n3 = fleet.n3
  })
  afterEach(() => fleet?.close())

  const jobOf = async (name: string): Promise<FleetJobView> =>
    (await n1.request('fleet.jobs', { words: [name], open: false }))[0]! as FleetJobView
  const becomes = (name: string, state: string) =>
    n1.until(async () => (await jobOf(name).catch(() => null))?.state === state, `${name} is ${state}`)
  const go = (): string => path(n1.dir, 'go')
  const begun = (): string => path(n1.dir, 'begun')
  /** Says that it has begun, and ends when it may. */
  const work = 'echo "$PTRACK_FLEET_JOB $PTRACK_FENCE" >> "$BEGUN"; while [ ! -e "$GO" ]; do sleep 0.05; done'
  const run = (t: TestHome, name: string, ...options: string[]) =>
    t.here.ok([
      ...['run', '--fleet', '-d', '--name', name, '--env', `GO=${go()}`, '--env', `BEGUN=${begun()}`, ...options],
      ...['--', 'sh', '-c', work],
    ])
  const beginnings = (): string[] => (existsSync(begun()) ? readFileSync(begun(), 'utf8').trim().split('\n') : [])
  const hasBegun = (jobs: number) => n1.until(() => beginnings().length >= jobs, `${jobs} programs have begun`)
  /** How many jobs have begun 0, 1 and more times. */
  const counts = async (): Promise<number[]> => {
    const jobs = await n1.request('fleet.jobs', { words: [], open: false })
    const times = jobs.map(({ id }) => beginnings().filter((line) => line.startsWith(id)).length)
    return [0, 1].map((count) => times.filter((each) => each === count).length).concat(times.filter((each) => each > 1).length)
  }
  const finish = async (names: readonly string[]): Promise<void> => {
    writeFileSync(go(), '')
    for (const name of names) {
      await becomes(name, 'ended')
      expect(await jobOf(name)).toMatchObject({ outcome: { status: 'done', exitCode: 0 } })
    }
  }

  test('kill -9 of the daemon of its node: unknown, never moved, and what became of it is told late', async () => {
    await run(n1, 'far', '--node', 'n2')
    await hasBegun(1)
    await n2.killDaemon()
    await becomes('far', 'unknown')
    const job = await jobOf('far')
    expect(job).toMatchObject({ node: 'n2', attempt: 1, reason: 'the node n2 is not heard of' })
    expect((await n1.ok(['fleet', 'jobs'])).stdout).toMatch(
      /^far .* unknown .* n2 .*the node n2 is not heard of; its program may go on$/m,
    )
    const ls = await n1.ok(['ls', '--fleet', '--columns', 'name,status'])
    expect(ls.stdout).toMatch(/^far\.[0-9a-f]{8}@n2 \(stale\) +unknown: the node n2 is not heard of$/m)
    // It ends while nobody sees it.
    writeFileSync(go(), '')
    await n2.here.ok(['ls'])
    await becomes('far', 'ended')
    expect(await jobOf('far')).toMatchObject({ late: true, fence: job.fence, outcome: { status: 'done', exitCode: 0 } })
    expect(await counts()).toEqual([0, 1, 0])
  })

  test('a job of a node that is away is cancelled when it is back', async () => {
    await run(n1, 'far', '--node', 'n2')
    await hasBegun(1)
    await n2.killDaemon()
    await becomes('far', 'unknown')
    expect((await n1.ok(['fleet', 'cancel', 'far'])).stdout).toBe('far will be cancelled when n2 is back\n')
    await n2.here.ok(['ls'])
    await becomes('far', 'ended')
    expect(await jobOf('far')).toMatchObject({ late: false, outcome: { status: 'cancelled' } })
  })

  test('kill -9 of ptrackd-fleet, of the node and of the scheduler: the programs go on, and each end is known', async () => {
    await run(n1, 'near', '--node', 'n1')
    await run(n1, 'far', '--node', 'n2')
    await hasBegun(2)
    await Promise.all([endIdent(agentsOf(n1)[0]!), endIdent(agentsOf(n2)[0]!)])
    await n1.until(() => agentsOf(n1).length === 1 && agentsOf(n2).length === 1, 'there are others')
    await seen(n1, ['n1', 'n2', 'n3'])
    await becomes('far', 'running')
    await finish(['near', 'far'])
    expect(await counts()).toEqual([0, 2, 0])
  })

  test('kill -9 of the bus: programs go on and end, and that is told when it is back', async () => {
    await run(n1, 'far', '--node', 'n2')
    await hasBegun(1)
    const bus = identOf((await n1.ls('fleet-bus'))!.pid!)!
    await n1.here.ok(['stop', 'fleet-bus'])
    expect(isAlive(bus)).toBe(false)
    await n2.until(async () => (await statusOf(n2)).state === 'connecting', 'it is seen')
    const away = await n2.run(['run', '--fleet', '-d', '--', 'true'])
    expect([away.code, away.stderr]).toEqual([5, expect.stringContaining('cannot reach the jobs of the fleet')])
    writeFileSync(go(), '')
    await n2.until(
      async () => (await n2.here.ok(['ls', '--all', '--json'])).stdout.includes('"done"'),
      'it has ended on its node',
    )
    await n1.here.ok(['start', 'fleet-bus'])
    await becomes('far', 'ended')
    expect((await jobOf('far')).outcome).toMatchObject({ status: 'done' })
    expect(await counts()).toEqual([0, 1, 0])
  })

  test('frozen between the offer and the end, with its daemon or without: once, and the truth', async () => {
    await run(n1, 'far', '--node', 'n2')
    await hasBegun(1)
    const frozen = [agentsOf(n2)[0]!, identOf(n2.daemon()!.pid)!]
    for (const each of frozen) signalIdent(each, 'SIGSTOP')
    await becomes('far', 'unknown')
    for (const each of frozen) signalIdent(each, 'SIGCONT')
    await becomes('far', 'running')
    await finish(['far'])
    expect(await counts()).toEqual([0, 1, 0])
  })

  test('deleted with all traces before its end was reported: it does not begin again, and that nobody saw its end is said', async () => {
    await run(n1, 'far', '--node', 'n2')
    await hasBegun(1)
    const { process } = await jobOf('far')
    signalIdent(agentsOf(n2)[0]!, 'SIGSTOP')
    writeFileSync(go(), '')
    await n2.until(async () => (await n2.here.ok(['ls', '--all', '--json'])).stdout.includes('"done"'), 'it has ended there')
    await n2.here.ok(['delete', '--purge', process!])
    const history = path(n2.home, 'history')
    const isWritten = (): boolean =>
      existsSync(history) && readdirSync(history).some((file) => readFileSync(path(history, file), 'utf8').includes(process!))
    await n2.until(isWritten, 'its row of history is on disk')
    rmSync(history, { recursive: true })
    await endIdent(agentsOf(n2)[0]!)
    await becomes('far', 'ended')
    expect((await jobOf('far')).outcome).toEqual({
      status: 'interrupted',
      exitCode: null,
      signal: null,
      reason: 'nobody saw how it ended: it was deleted on n2',
    })
    expect(await counts()).toEqual([0, 1, 0])
    await n2.until(() => readdirSync(path(n2.home, 'fleet', 'begun')).length === 0, 'what was noted of it is removed')
  })

  test('a frozen scheduler: programs end meanwhile, and that is told when it thaws, or another has taken its place', async () => {
    await run(n1, 'far', '--node', 'n2')
    await hasBegun(1)
    const scheduler = agentsOf(n1)[0]!
    signalIdent(scheduler, 'SIGSTOP')
    writeFileSync(go(), '')
    await n2.until(
      async () => (await n2.here.ok(['ls', '--all', '--json'])).stdout.includes('"done"'),
      'it has ended on its node',
    )
    if (isAlive(scheduler)) signalIdent(scheduler, 'SIGCONT')
    await becomes('far', 'ended')
    expect((await jobOf('far')).outcome).toMatchObject({ status: 'done' })
    expect(await counts()).toEqual([0, 1, 0])
  })

  test('a node that is put out of the fleet: its job has ended as nobody saw it, and its place in the limits is free', async () => {
    await n1.here.ok(['limits', 'set', '--fleet', '--global', '1'])
    await run(n1, 'far', '--node', 'n2')
    await hasBegun(1)
    await run(n1, 'next', '--node', 'n3')
    await n1.here.ok(['fleet', 'kick', 'n2'])
    await becomes('far', 'ended')
    expect((await jobOf('far')).outcome).toEqual({
      status: 'interrupted',
      exitCode: null,
      signal: null,
      reason: 'nobody saw how it ended: n2 has left the fleet',
    })
    await hasBegun(2)
    await finish(['next'])
  })

  test('thirty short jobs while ptrackd-fleet, daemons and the bus are killed: each begins once, none is lost', async () => {
    for (const t of [n1, n2, n3]) await t.here.ok(['limits', 'set', '--global', '3'])
    await n1.until(async () => (await nodesOf(n1)).every(({ slots }) => slots === 3), 'each takes three')
    writeFileSync(go(), '')
    const names = Array.from({ length: 30 }, (_, index) => `job${index}`)
    const kills = [
      () => endIdent(agentsOf(n2)[0]!),
      () => n3.killDaemon().then(() => n3.here.ok(['ls'])),
      () => endIdent(agentsOf(n1)[0]!),
      async () => endIdent(identOf((await n1.ls('fleet-bus'))!.pid!)!),
    ]
    for (const [index, name] of names.entries()) {
      await n1.until(
        () =>
          run(index % 2 === 0 ? n1 : n3, name).then(
            () => true,
            () => false,
          ),
        `${name} is taken`,
      )
      if (index % 7 === 6) await kills.shift()!()
    }
    for (const name of names) await becomes(name, 'ended')
    const jobs = await n1.request('fleet.jobs', { words: [], open: false })
    expect(jobs.map(({ outcome }) => outcome!.status)).toEqual(names.map(() => 'done'))
    expect(await counts()).toEqual([0, 30, 0])
  })
})
