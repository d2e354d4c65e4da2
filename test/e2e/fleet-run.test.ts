/** run --fleet in the foreground, and wait NAME@fleet: from the place in the queue to the end, wherever the job runs. */
import { appendFileSync } from 'node:fs'
import { join as path } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { FleetJobView } from '../../src/protocol/fleet-jobs.ts'
import { natsServer } from '../support/bus.ts'
import type { TestHome } from '../support/daemon.ts'
import { agentsOf, follows, nodesOf, ownFleet } from '../support/fleet.ts'
import { endIdent } from '../support/proc.ts'
import { describeNeeding } from '../support/requires.ts'

describeNeeding(natsServer)('a job of the fleet in the foreground', () => {
  let fleet: Awaited<ReturnType<typeof ownFleet>>
  let count = 0
  let [n1, n2] = [] as unknown as [TestHome, TestHome]
  const jobOf = async (word: string): Promise<FleetJobView> =>
    (await n1.request('fleet.jobs', { words: [word], open: false }))[0]! as FleetJobView
  const becomes = (name: string, state: string) =>
    n1.until(async () => (await jobOf(name).catch(() => null))?.state === state, `${name} is ${state}`)
  const go = (name: string): string => path(n1.dir, `go-${name}`)
  const waitsFor = (name: string): string[] => ['--', 'sh', '-c', `while [ ! -e ${go(name)} ]; do sleep 0.05; done`]
  /** The only place of n2 is taken until the file is there. */
  const fill = async (name: string): Promise<void> => {
    await n1.here.ok(['run', '--fleet', '-d', '--node', 'n2', '--name', name, ...waitsFor(name)])
    await becomes(name, 'running')
  }

  beforeAll(async () => {
    if (!natsServer.there) return
    fleet = await ownFleet()
    n1 = fleet.n1
    n2 = fleet.n2
    for (const t of [n1, n2]) await t.here.ok(['limits', 'set', '--global', '1'])
    await n1.until(async () => (await nodesOf(n1)).filter(({ slots }) => slots === 1).length === 2, 'each takes one')
  })
  afterAll(() => fleet?.close())

  test.each(['n1', 'n2'])('on %s, from n1: its output and its exit code are those of the command', async (node) => {
    const result = await n1.run([
      ...['run', '--fleet', '--node', node, '--name', `work-${node}`],
      ...['--', 'sh', '-c', 'echo "out $PTRACK_FENCE"; echo err >&2; exit 3'],
    ])
    const { fence, id } = await jobOf(`work-${node}`)
    expect([result.code, result.stdout]).toEqual([3, `out ${fence}\n`])
    expect(result.stderr).toContain('err\n')
    expect(result.stderr).toContain(`ptrack: work-${node} runs on ${node}\n`)
    const view = await n1.run(['run', '--fleet', '--node', node, '--name', `json-${node}`, '--json', '--', 'echo', 'a line'])
    expect(view.stderr).toContain('a line\n')
    expect(JSON.parse(view.stdout)).toMatchObject({ status: 'done', exitCode: 0 })
    expect(id).toMatch(/^[0-9a-f]{8}$/)
  })

  test('it waits for its place and says so; Ctrl-C there takes it back, and nothing of it begins', async () => {
    await fill('full')
    const waiting = follows(n1, ['run', '--fleet', '--node', 'n2', '--name', 'patient', '--', 'echo', 'done at last'])
    await n1.until(() => waiting.stderr().includes('patient waits for a place, position 1'), 'it is said')
    const impatient = follows(n1, ['run', '--fleet', '--node', 'n2', '--name', 'impatient', '--', 'echo', 'never'])
    await becomes('impatient', 'pending')
    await impatient.end()
    expect([impatient.child.exitCode, impatient.text()]).toEqual([130, ''])
    expect(await jobOf('impatient')).toMatchObject({ state: 'ended', attempt: 0, outcome: { status: 'cancelled' } })
    appendFileSync(go('full'), '')
    await n1.until(() => waiting.child.exitCode !== null, 'it has ended')
    expect([waiting.child.exitCode, waiting.text()]).toEqual([0, 'done at last\n'])
  })

  test('Ctrl-C while it runs elsewhere: its program gets SIGINT and may end as it likes', async () => {
    const command = 'trap "echo tidied; exit 5" INT; echo ready; while :; do sleep 0.05; done'
    const working = follows(n1, ['run', '--fleet', '--node', 'n2', '--name', 'tidy', '--', 'sh', '-c', command])
    await n1.until(() => working.text() === 'ready\n', 'it is ready')
    await working.end()
    expect([working.child.exitCode, working.text()]).toEqual([130, 'ready\ntidied\n'])
    await becomes('tidy', 'ended')
    expect((await jobOf('tidy')).outcome).toMatchObject({ status: 'cancelled' })
  })

  test.each([
    ['the daemon of its node', async () => void (await n2.killDaemon())],
    ['the agent of its node', async () => void (await Promise.all(agentsOf(n2).map((agent) => endIdent(agent))))],
    ['the agent here', async () => void (await Promise.all(agentsOf(n1).map((agent) => endIdent(agent))))],
  ])('over kill -9 of %s it is followed to its end, without a line lost or doubled', async (_, kill) => {
    const name = `over-${++count}`
    const command = `echo begun; while [ ! -e ${go(name)} ]; do sleep 0.05; done; echo ended; exit 3`
    const working = follows(n1, ['run', '--fleet', '--node', 'n2', '--name', name, '--', 'sh', '-c', command])
    await n1.until(() => working.text() === 'begun\n', 'its output is here')
    await kill()
    await n2.here.ok(['daemon', 'start'])
    await n1.until(async () => (await nodesOf(n1)).filter(({ state }) => state === 'here').length === 3, 'all are here again')
    appendFileSync(go(name), '')
    await n1.until(
      () => working.child.exitCode !== null,
      () => `it has ended: ${working.stderr()}`,
    )
    expect([working.child.exitCode, working.text()]).toEqual([3, 'begun\nended\n'])
    await becomes(name, 'ended')
  })

  test('one that can never begin says why, and fails', async () => {
    await n1.here.ok(['run', '--fleet', '-d', '--name', 'bad', '--', 'false'])
    await becomes('bad', 'ended')
    const never = await n1.run(['run', '--fleet', '--name', 'never', '--after', 'bad', '--', 'true'])
    expect([never.code, never.stderr]).toEqual([1, expect.stringMatching(/never has ended before it ran: cancelled, bad \(/)])
  })

  test('wait NAME@fleet: from its place in the queue on, to its end; --timeout counts both', async () => {
    await fill('busy')
    await n1.here.ok(['run', '--fleet', '-d', '--node', 'n2', '--name', 'later', '--', 'sh', '-c', 'exit 4'])
    const early = await n1.run(['wait', 'later@fleet', '--timeout', '300ms'])
    expect([early.code, early.stderr]).toEqual([
      6,
      expect.stringContaining('cannot wait longer for later@fleet: it is pending (n2 has no room, or is away)'),
    ])
    const waiting = follows(n1, ['wait', 'later@fleet'])
    await n1.until(() => waiting.stderr().includes('later waits for a place'), 'it waits')
    appendFileSync(go('busy'), '')
    await n1.until(() => waiting.child.exitCode !== null, 'it is over')
    expect([waiting.child.exitCode, waiting.stderr()]).toEqual([
      1,
      expect.stringMatching(/later\.[0-9a-f]{8} has failed: exit code 4/),
    ])
    const gone = await n1.run(['wait', 'impatient@fleet'])
    expect([gone.code, gone.stderr]).toEqual([1, expect.stringMatching(/impatient@fleet: it has ended before it ran: cancelled/)])
  })
})
