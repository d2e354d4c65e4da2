/** A fleet whose bus, whose processes and whose daemons are killed or frozen: nothing local is harmed, and what was followed continues. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { OnNode } from '../../src/protocol/fleet.ts'
import type { ProcessView } from '../../src/protocol/view.ts'
import { natsServer } from '../support/bus.ts'
import { program, type TestHome } from '../support/daemon.ts'
import { agentsOf, follows, seen, statusOf, type TestFleet, testFleet } from '../support/fleet.ts'
import { endIdent, type Ident, identOf, isAlive, signalIdent } from '../support/proc.ts'
import { describeNeeding } from '../support/requires.ts'

type Row = ProcessView & OnNode

let fleet: TestFleet
let n1: TestHome
let n2: TestHome
const ALL = ['n1', 'n2', 'n3']
beforeAll(async () => {
  if (!natsServer.there) return
  fleet = await testFleet()
  n1 = fleet.n1
  n2 = fleet.n2
  await n1.here.ok(['start', '--name', 'one', '--', program('waits.sh')])
  await n2.here.ok(['start', '--name', 'talk', '--', 'sh', '-c', 'i=0; while :; do i=$((i+1)); echo "line $i"; sleep 0.05; done'])
})
beforeEach(() => (natsServer.there ? seen(n1, ALL) : undefined))
afterAll(() => fleet?.close())

/** `logs -f talk@n2`, and what it has printed so far. */
const following = () => {
  const { text, ...follow } = follows(n1, ['logs', '-f', 'talk@n2', '-n', '1'])
  return { ...follow, numbers: () => [...text().matchAll(/line (\d+)\n/g)].map(([, number]) => Number(number)) }
}

const goesOn = (follow: ReturnType<typeof following>, more: number): Promise<unknown> => {
  const before = follow.numbers().length
  return n1.until(() => follow.numbers().length >= before + more, `${more} more lines are followed`)
}

/** Each line once, and none is missing. */
function isWhole(numbers: readonly number[]): void {
  const first = numbers[0]!
  expect(numbers).toEqual(numbers.map((_, index) => first + index))
}

const agentOf = (t: TestHome): Ident => agentsOf(t)[0]!

const localWorks = async (): Promise<void> => {
  expect((await n1.ok(['ls', '-q'])).stdout).toBe('one\n')
  expect((await n1.ok(['restart', 'one'])).code).toBe(0)
}

describeNeeding(natsServer)('in the middle of logs -f', () => {
  test.each([
    ['the near ptrackd-fleet', () => endIdent(agentOf(n1))],
    ['the far ptrackd-fleet', () => endIdent(agentOf(n2))],
  ])('kill -9 of %s: another is there, and no line is lost or doubled', async (_, kill) => {
    const follow = following()
    await goesOn(follow, 5)
    await kill()
    await n1.until(() => follow.stderr().includes('n2: the daemon is gone, reconnecting'), 'it is seen')
    await goesOn(follow, 5)
    await follow.end()
    isWhole(follow.numbers())
    await localWorks()
    await n1.until(() => agentsOf(n1).length === 1 && agentsOf(n2).length === 1, 'one for each daemon')
  })

  test('kill -9 of the nats-server, and back: local works, far says why, the rows of before are stale, lines continue', async () => {
    expect(await n1.json<Row[]>(['ls', '--fleet'])).toHaveLength(2)
    const follow = following()
    await goesOn(follow, 5)
    await fleet.bus.kill()
    await n1.until(async () => (await statusOf(n1)).state === 'connecting', 'it is seen')
    await localWorks()
    const status = await n1.run(['fleet', 'status'])
    expect([status.code, status.stdout]).toEqual([
      5,
      expect.stringMatching(/^state +not on the bus since .*\nreason +(no server listens there|the connection was lost)/m),
    ])
    const far = await n1.run(['stop', 'talk@n2'])
    expect([far.code, far.stderr]).toEqual([
      5,
      expect.stringMatching(
        /cannot reach the node n2: the bus is away: .*; `ptrack fleet status` shows it; what is local works on/,
      ),
    ])
    const listed = await n1.run(['ls', '--fleet'])
    expect(listed.code).toBe(0)
    expect(listed.stdout).toMatch(/ one@n1 .*\n.* talk@n2 \(stale\) /)
    expect(listed.stderr).toMatch(/the rows of n2 are those of .*: the bus is away: .*, since /)
    const rows = await n1.json<Row[]>(['ls', '--fleet'])
    expect(rows.map(({ node, stale }) => [node, stale !== null])).toEqual([
      ['n1', false],
      ['n2', true],
    ])
    await fleet.bus.start()
    await goesOn(follow, 5)
    await follow.end()
    isWhole(follow.numbers())
    await seen(n1, ALL)
    expect((await n1.json<Row[]>(['ls', '--fleet'])).map(({ stale }) => stale)).toEqual([null, null])
  })

  test('kill -9 of the far daemon: its node is away, the next daemon brings it back, lines continue', async () => {
    const follow = following()
    await goesOn(follow, 5)
    const agent = agentOf(n2)
    await n2.killDaemon()
    await n1.until(() => !isAlive(agent), 'its ptrackd-fleet ends with it')
    const away = await n1.run(['show', 'talk@n2'])
    expect([away.code, away.stderr]).toEqual([5, expect.stringContaining('cannot reach the node n2: it is not there')])
    await seen(n1, ['n1', 'n3'])
    const listed = await n1.run(['ls', '--fleet'])
    expect(listed.stderr).toMatch(/n2.*: it is away, since /)
    expect((await n1.ok(['fleet', 'ls'])).stdout).toMatch(/^n2 +away for /m)
    await n2.here.ok(['ls'])
    await goesOn(follow, 5)
    await follow.end()
    isWhole(follow.numbers())
  })

  test('kill -9 of the near daemon: the next one joins again by itself', async () => {
    const agent = agentOf(n1)
    await n1.killDaemon()
    await n1.until(() => !isAlive(agent), 'its ptrackd-fleet ends with it')
    await n1.here.ok(['ls'])
    await n1.until(async () => (await statusOf(n1)).state === 'up', 'the next one is on the bus')
    expect((await n1.ok(['show', 'talk@n2'])).stdout).toMatch(/^talk@n2 /)
    await localWorks()
  })
})

describeNeeding(natsServer)('frozen', () => {
  test('the near ptrackd-fleet: local works, far is refused in time, and thaws into service', async () => {
    const agent = agentOf(n1)
    signalIdent(agent, 'SIGSTOP')
    // Both at once: after 15 s it is ended, and a machine may take that long for a few commands.
    const [far, status] = await Promise.all([n1.run(['show', 'talk@n2']), n1.run(['fleet', 'status'])])
    expect([far.code, far.stderr]).toEqual([5, expect.stringMatching(/ptrackd-fleet \(pid \d+\) does not answer/)])
    expect([status.code, status.stdout]).toEqual([
      5,
      expect.stringMatching(/^reason +ptrackd-fleet \(pid \d+\) does not answer$/m),
    ])
    await localWorks()
    if (isAlive(agent)) signalIdent(agent, 'SIGCONT')
    await seen(n1, ALL)
    expect((await n1.ok(['show', 'talk@n2'])).code).toBe(0)
  })

  test('one that stays frozen is replaced', async () => {
    const agent = agentOf(n1)
    signalIdent(agent, 'SIGSTOP')
    await n1.until(() => !isAlive(agent), 'it was ended')
    await seen(n1, ALL)
    expect((await n1.ok(['show', 'talk@n2'])).code).toBe(0)
    expect((await statusOf(n1)).process?.restarts).toBeGreaterThan(0)
  })

  test('the far ptrackd-fleet: named after two seconds, with its last known rows', async () => {
    await n1.json<Row[]>(['ls', '--fleet'])
    // With its daemon, which would end it after a while.
    const frozen = [agentOf(n2), identOf(n2.daemon()!.pid)!]
    for (const each of frozen) signalIdent(each, 'SIGSTOP')
    const listed = await n1.run(['ls', '--fleet'])
    expect(listed.code).toBe(0)
    expect(listed.stdout).toMatch(/ talk@n2 \(stale\) /)
    expect(listed.stderr).toMatch(/the rows of n2 are those of .*: it (did not answer within 2 s|is away)/)
    const far = await n1.run(['show', 'talk@n2'])
    expect([far.code, far.stderr]).toEqual([5, expect.stringMatching(/cannot reach the node n2: it did not answer within 2 s/)])
    for (const each of frozen) signalIdent(each, 'SIGCONT')
    await seen(n1, ALL)
  })

  test('a daemon killed while its ptrackd-fleet is frozen: the next one has the name, the old process ends when it thaws', async () => {
    const agent = agentOf(n2)
    signalIdent(agent, 'SIGSTOP')
    await n2.killDaemon()
    await n2.here.ok(['ls'])
    await n2.until(async () => (await statusOf(n2)).state === 'up', 'the next one is up')
    signalIdent(agent, 'SIGCONT')
    await n2.until(() => !isAlive(agent), 'the old one has ended')
    expect((await statusOf(n2)).state).toBe('up')
    expect((await n1.ok(['show', 'talk@n2'])).code).toBe(0)
  })
})
