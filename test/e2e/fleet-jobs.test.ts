/** Jobs of a fleet that a node has made: where they run, what holds them back, who may end them, and what is said of them. */
import { appendFileSync } from 'node:fs'
import { join as path } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { FleetNode } from '../../src/protocol/fleet.ts'
import type { FleetJobView, FleetLimitsView } from '../../src/protocol/fleet-jobs.ts'
import { natsServer, testBus } from '../support/bus.ts'
import { type TestHome, testHome } from '../support/daemon.ts'
import { join, nodesOf, ownFleet } from '../support/fleet.ts'
import { describeNeeding } from '../support/requires.ts'
import { typedIn } from '../support/terminal.ts'

const typed = (line: string): string[] => line.split(' ').slice(1)
const jobsOf = (t: TestHome, ...words: string[]): Promise<FleetJobView[]> => t.request('fleet.jobs', { words, open: false })
const jobOf = async (t: TestHome, word: string): Promise<FleetJobView> => (await jobsOf(t, word))[0]!
const stateOf = async (t: TestHome, word: string): Promise<string> => (await jobOf(t, word)).state

describeNeeding(natsServer)('jobs of a fleet', () => {
  let fleet: Awaited<ReturnType<typeof ownFleet>>
  let [n1, n2, n3] = [] as unknown as [TestHome, TestHome, TestHome]

  const run = (t: TestHome, name: string, command: readonly string[], ...options: string[]) =>
    t.here.ok(['run', '--fleet', '-d', '--name', name, ...options, '--', ...command])
  const ends = (name: string) => n1.until(async () => (await stateOf(n1, name)) === 'ended', `${name} has ended`)
  const runs = (name: string) => n1.until(async () => (await stateOf(n1, name)) === 'running', `${name} runs`)
  /** Until the file is there. */
  const waitsFor = (file: string): string[] => ['sh', '-c', `while [ ! -e ${file} ]; do sleep 0.05; done`]
  const go = (name: string): string => path(n1.dir, `go-${name}`)

  beforeAll(async () => {
    if (!natsServer.there) return
    fleet = await ownFleet()
    n1 = fleet.n1
    n2 = fleet.n2
    n3 = fleet.n3
    // One job at once on each.
    for (const t of [n1, n2, n3]) await t.here.ok(['limits', 'set', '--global', '1'])
    await n1.until(async () => (await nodesOf(n1)).every(({ slots }: FleetNode) => slots === 1), 'each takes one')
  })
  afterAll(() => fleet?.close())

  test('one runs as an ordinary job of its node, knows its fence, and is reached as NAME@fleet from everywhere', async () => {
    const out = await n2.ok([
      ...['run', '--fleet', '-d', '--node', 'n3', '--name', 'hello', '--env', 'WORD=a word'],
      ...['--', 'sh', '-c', 'echo "$WORD, fence $PTRACK_FENCE of $PTRACK_FLEET_JOB"; exit 3'],
    ])
    const [, id] = /^hello ([0-9a-f]{8})\n$/.exec(out.stdout)!
    expect(out.stderr).toContain("it runs in / with none of this shell's environment")
    await ends('hello')
    const job = await jobOf(n1, 'hello')
    expect(job).toEqual({
      id,
      name: 'hello',
      owner: expect.any(String),
      type: 'job',
      priority: 0,
      state: 'ended',
      since: expect.any(String),
      submitted: expect.any(String),
      from: 'n2',
      where: 'n3',
      onLost: 'keep',
      after: [],
      node: 'n3',
      process: `hello.${id}`,
      fence: expect.any(Number),
      attempt: 1,
      position: null,
      reason: expect.any(String),
      outcome: { status: 'failed', exitCode: 3, signal: null, reason: expect.any(String) },
      late: false,
      cancelledBy: null,
      command: ['sh', '-c', expect.any(String)],
    })
    expect((await n1.ok(['logs', 'hello@fleet'])).stdout).toBe(`a word, fence ${job.fence} of ${id}\n`)
    const detail = await n2.json<{ node: string; metadata: object; exitCode: number }>(['show', 'hello@fleet'])
    expect(detail).toMatchObject({ node: 'n3', exitCode: 3, metadata: { fleet: { job: id, fence: job.fence, attempt: 1 } } })
    expect((await n1.ok(['ls', '--fleet', '--all', '--columns', 'name'])).stdout).toContain(`hello.${id}@n3`)
    // Variables are not shown.
    expect(JSON.stringify(await n1.request('fleet.jobs', { words: ['hello'] }))).not.toContain('a word')
  })

  test('they spread over the nodes; one too many waits, says why, and takes the first place by priority', async () => {
    for (const name of ['a', 'b', 'c']) await run(n1, name, waitsFor(go(name)))
    for (const name of ['a', 'b', 'c']) await runs(name)
    expect((await jobsOf(n1, 'a', 'b', 'c')).map(({ node }) => node).sort()).toEqual(['n1', 'n2', 'n3'])
    const late = await run(n1, 'later', ['true'])
    expect(late.stderr).toContain('later waits for a place, position 1')
    await run(n1, 'sooner', waitsFor(go('sooner')), '--priority', '5')
    expect((await jobsOf(n1, 'later', 'sooner')).map(({ position, reason }) => [position, reason])).toEqual([
      [2, 'no node has room'],
      [1, 'no node has room'],
    ])
    const listed = await n1.ok(typed(typedIn('docs/commands.md', 'ptrack fleet jobs')))
    expect(listed.stdout).toMatch(/^a +[0-9a-f]{8} +running +\S+ +n[123] +\d+/m)
    expect(listed.stdout).toMatch(/^later .* pending .* waits for a place, position 2: no node has room$/m)
    const ls = await n3.ok(['ls', '--fleet', '--columns', '#,name,status'])
    expect(ls.stdout).toMatch(/^ *- +later@fleet +waiting: position 2$/m)
    const rows = await n1.json<{ name: string; node: string; status: string; fleet: object | null }[]>(['ls', '--fleet'])
    expect(rows.filter(({ fleet }) => fleet !== null).map(({ name, node, status }) => [name, node, status])).toEqual([
      ['later', 'fleet', 'pending'],
      ['sooner', 'fleet', 'pending'],
    ])
    expect((await n1.ok(['ls', '--fleet', 'soon*', '-q'])).stdout).toBe('sooner@fleet\n')
    const early = await n1.run(['logs', 'later@fleet'])
    expect([early.code, early.stderr]).toEqual([
      3,
      expect.stringContaining('cannot reach later@fleet: it is pending (no node has room); `ptrack fleet jobs later` shows it'),
    ])
    appendFileSync(go('a'), '')
    await runs('sooner')
    expect(await stateOf(n1, 'later')).toBe('pending')
    expect((await n1.ok(['fleet', 'cancel', 'later'])).stdout).toBe('later cancelled\n')
    expect((await jobOf(n1, 'later')).outcome).toMatchObject({
      status: 'cancelled',
      reason: expect.stringMatching(/before it began$/),
    })
    for (const name of ['b', 'c', 'sooner']) appendFileSync(go(name), '')
    for (const name of ['a', 'b', 'c', 'sooner']) await ends(name)
  })

  test('one that is bound to a full node keeps nobody else waiting', async () => {
    await run(n1, 'full', waitsFor(go('full')), '--node', 'n2')
    await runs('full')
    await run(n1, 'bound', ['true'], '--node', 'n2', '--priority', '9')
    await run(n1, 'free', ['true'])
    await ends('free')
    expect(await jobOf(n1, 'bound')).toMatchObject({ state: 'pending', reason: 'n2 has no room, or is away' })
    appendFileSync(go('full'), '')
    await ends('bound')
    expect(await jobOf(n1, 'bound')).toMatchObject({ node: 'n2', outcome: { status: 'done' } })
  })

  test('--node tag:T: on any node that has the tag, and on no other; it waits until one does', async () => {
    await run(n1, 'tagged', ['true'], '--node', 'tag:big')
    expect(await jobOf(n1, 'tagged')).toMatchObject({
      state: 'pending',
      where: 'tag:big',
      reason: 'no node with the tag big has room, or is here',
    })
    const n4 = await testHome()
    const token = (await n1.here.ok(['fleet', 'invite'])).stdout.trim()
    const wrong = await n4.run(['fleet', 'join', token, '--name', 'n4', '--tag', 'a b'])
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('cannot give the node the tag "a b"')])
    await n4.ok(['fleet', 'join', token, '--name', 'n4', '--tag', 'big', '--tag', 'ssd'])
    await ends('tagged')
    expect(await jobOf(n1, 'tagged')).toMatchObject({ node: 'n4', outcome: { status: 'done' } })
    expect((await nodesOf(n1)).map(({ tags }) => tags)).toEqual([[], [], [], ['big', 'ssd']])
    expect((await n1.ok(['fleet', 'ls'])).stdout).toMatch(/^n4 .* big,ssd /m)
    await n4.here.ok(['daemon', 'restart'])
    await n1.until(async () => (await nodesOf(n1)).some(({ name, slots }) => name === 'n4' && slots !== null), 'n4 is back')
    await run(n1, 'again', ['true'], '--node', 'tag:ssd')
    await ends('again')
    expect((await jobOf(n1, 'again')).node).toBe('n4')
    await n4.ok(['fleet', 'leave'])
    await n4.close()
  })

  test('limits hold over all nodes together', async () => {
    const set = await n1.ok(['limits', 'set', '--fleet', '--type', 'build', '1'])
    expect(set.stdout).toMatch(/^type build +1$/m)
    await run(n1, 'one', waitsFor(go('one')), '--type', 'build')
    await run(n3, 'two', ['true'], '--type', 'build')
    await runs('one')
    expect(await jobOf(n1, 'two')).toMatchObject({ state: 'pending', reason: 'limit type build: 1 at once' })
    expect(await n3.json<FleetLimitsView>(['limits', '--fleet'])).toEqual({
      global: null,
      owners: {},
      types: { build: 1 },
      live: 1,
      queued: 1,
    })
    const denied = await n2.run(['limits', 'set', '--fleet', '--global', '1'])
    expect([denied.code, denied.stderr]).toEqual([7, expect.stringContaining('only an admin does')])
    appendFileSync(go('one'), '')
    await ends('two')
    await n1.ok(['limits', 'set', '--fleet', '--type', 'build', 'none'])
  })

  test('--after: once the others are done; never when one of them was not', async () => {
    await run(n1, 'base', waitsFor(go('base')))
    await run(n1, 'next', ['true'], '--after', 'base')
    await runs('base')
    expect(await jobOf(n1, 'next')).toMatchObject({ state: 'pending', position: null, reason: 'it waits for base' })
    appendFileSync(go('base'), '')
    await ends('next')
    await run(n1, 'bad', ['false'])
    await run(n1, 'never', ['true'], '--after', 'bad')
    await ends('never')
    const never = await jobOf(n1, 'never')
    expect(never).toMatchObject({ node: null, fence: null, outcome: { status: 'cancelled' } })
    expect(never.reason).toMatch(/^bad \([0-9a-f]{8}\), which it waits for, is failed$/)
    const gone = await n1.run(['logs', 'never@fleet'])
    expect([gone.code, gone.stderr]).toEqual([3, expect.stringContaining('it has ended before it ran')])
  })

  test('one that runs is ended where it runs; by its owner or an admin, and by nobody else', async () => {
    await run(n1, 'long', ['sleep', '1000'])
    await runs('long')
    await n1.here.ok(['run', '--fleet', '-d', '--name', 'hers', '--owner', 'ann', '--', 'sleep', '1000'])
    await runs('hers')
    // Of n2, which is an operator elsewhere.
    const others = await n2.run(['fleet', 'cancel', 'hers'])
    expect([others.code, others.stderr]).toEqual([
      4,
      expect.stringContaining('cannot cancel hers: the fleet has no job of this name'),
    ])
    expect((await n2.ok(['fleet', 'jobs'])).stdout).not.toContain('hers')
    const cancel = typed(typedIn('docs/commands.md', 'ptrack fleet cancel build'))
    expect((await n2.ok(cancel.map((word) => word.replace('build', 'long')))).stdout).toMatch(
      /^long is being cancelled on n[123]\n$/,
    )
    await ends('long')
    expect(await jobOf(n1, 'long')).toMatchObject({
      outcome: { status: 'cancelled' },
      cancelledBy: expect.stringMatching(/@n2$/),
    })
    // The same from the other side: as a process of its node.
    await n3.ok(['cancel', 'hers@fleet'])
    await ends('hers')
    expect((await jobOf(n1, 'hers')).outcome).toMatchObject({ status: 'cancelled' })
    expect((await n3.ok(['fleet', 'cancel', 'hers'])).stdout).toBe('hers had ended already (cancelled)\n')
  })

  test('what cannot be is refused, and says what to do', async () => {
    await run(n1, 'taken', ['sleep', '1000'])
    for (const [options, code, words] of [
      [
        ['-d', '--name', 'taken', '--', 'true'],
        2,
        /a job of this name is (pending|given|running) \([0-9a-f]{8}\); --name gives it another/,
      ],
      [['--tty', '--', 'true'], 2, /--tty is not possible there in the foreground; add -d/],
      [['-d', '--cron', '@daily', '--', 'true'], 2, /does not run jobs by the clock yet/],
      [['-d', '--node', 'n9', '--', 'true'], 4, /n9 is no node of it/],
      [['-d', '--node', 'tag:a b', '--', 'true'], 2, /"tag:a b" is no name of a node, and no tag:TAG/],
      [['-d', '--on-lost', 'move', '--', 'true'], 2, /--on-lost move is not possible yet; it may be keep/],
      [['-d', '--after', 'nothing', '--', 'true'], 4, /cannot wait for nothing: the fleet has no job/],
      [['-d', '--rm', '--', 'true'], 2, /--rm is not possible there/],
    ] as const) {
      const result = await n1.run(['run', '--fleet', ...options])
      expect([options, result.code, result.stderr]).toEqual([options, code, expect.stringMatching(words)])
    }
    const owner = await n2.run(['run', '--fleet', '-d', '--owner', 'ann', '--', 'true'])
    expect([owner.code, owner.stderr]).toEqual([7, expect.stringContaining('only an admin runs jobs of ann')])
    // A program that is not there: its node says so.
    await n1.here.ok(['fleet', 'cancel', 'taken'])
    await run(n1, 'missing', ['/no/such/program'])
    await ends('missing')
    expect((await jobOf(n1, 'missing')).outcome?.status).toBe('failed')
  })
})

describeNeeding(natsServer)('elsewhere', () => {
  test('on a bus that others run there are none; without a fleet neither; and no node is called fleet', async () => {
    const t = await testHome()
    const none = await t.run(['run', '--fleet', '-d', '--', 'true'])
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('this home is in no fleet')])
    const bus = await testBus()
    const named = await t.run(['fleet', 'join', bus.url, '--name', 'fleet'])
    expect([named.code, named.stderr]).toEqual([2, expect.stringContaining('NAME@fleet means a job of the fleet')])
    await join(t, bus, 'n1', '--trust-bus')
    const foreign = await t.run(['run', '--fleet', '-d', '--', 'true'])
    expect([foreign.code, foreign.stderr]).toEqual([2, expect.stringContaining('it is on a bus that others run')])
    await t.close()
    await bus.close()
  })
})
