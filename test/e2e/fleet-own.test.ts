/** A fleet that a node makes: three homes joined by two commands each, rights by role, kick, doctor, and what goes wrong. */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join as path } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { FleetCheck, FleetStatus } from '../../src/protocol/fleet.ts'
import { natsServer, serverFile } from '../support/bus.ts'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { agentsOf, nodesOf, seen, statusOf } from '../support/fleet.ts'
import { freePort } from '../support/free-port.ts'
import { endIdent, identOf } from '../support/proc.ts'
import { describeNeeding } from '../support/requires.ts'
import { typedIn } from '../support/terminal.ts'

let port: number
let n1: TestHome
let n2: TestHome
let n3: TestHome
const others: TestHome[] = []

/** As the page of commands has it. */
const words = (line: string): string[] => line.split(' ').slice(1)

const create = (t: TestHome, at = port, ...more: string[]) =>
  t.here.run([
    ...words(typedIn('docs/commands.md', 'ptrack fleet create --name n1')),
    '--listen',
    `127.0.0.1:${at}`,
    '--server-binary',
    serverFile!,
    ...more,
  ])
const invite = async (...options: string[]): Promise<string> => (await n1.here.ok(['fleet', 'invite', ...options])).stdout.trim()

async function another(): Promise<TestHome> {
  const t = await testHome()
  others.push(t)
  return t
}

beforeAll(async () => {
  if (!natsServer.there) return
  port = await freePort()
  ;[n1, n2, n3] = await Promise.all([testHome(), testHome(), testHome()])
})
afterAll(async () => {
  for (const t of [n3, n2, n1, ...others]) await t?.close()
})

/** Every file below a home, with its text. */
function filesOf(dir: string): { name: string; text: string; mode: number }[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true }).flatMap((entry) => {
    if (!entry.isFile()) return []
    const name = path(entry.parentPath, entry.name)
    return [{ name, text: readFileSync(name, 'latin1'), mode: statSync(name).mode & 0o777 }]
  })
}

describeNeeding(natsServer)('a fleet that a node has made', () => {
  test('two commands a machine: create and invite, join from an argument, a file and stdin', async () => {
    const created = await create(n1)
    expect([created.code, created.stdout]).toEqual([
      0,
      expect.stringMatching(/^created the fleet, with n1 as its first node\nfleet-bus started \(pid \d+\)\n$/),
    ])
    expect((await n1.ls('fleet-bus'))?.status).toBe('running')
    expect((await statusOf(n1)).own).toEqual({ role: 'admin', founder: 'n1' })
    const invited = await n1.run(words(typedIn('docs/commands.md', 'ptrack fleet invite --role operator')))
    expect(invited.stdout).toMatch(/^ptf1\.[\w.-]+\n$/)
    expect(invited.stderr).toMatch(/for one machine, within 1h: .*\n.*at most operators elsewhere .* 127\.0\.0\.1:/)
    const joined = await n2.run(['fleet', 'join', invited.stdout.trim(), '--name', 'n2'])
    expect([joined.code, joined.stdout, joined.stderr]).toEqual([
      0,
      'joined as n2, with one other node here\n',
      expect.stringContaining('people of this machine are at most operators on other nodes'),
    ])
    const file = path(n3.dir, 'token')
    writeFileSync(file, `${(await invite()).replace(/.{60}/g, '$&\n')}\n`)
    expect((await n3.ok(['fleet', 'join', `@${file}`, '--name', 'n3'])).stdout).toBe('joined as n3, with 2 other nodes here\n')
    await seen(n1, ['n1', 'n2', 'n3'])
    const n4 = await another()
    expect((await n4.run(['fleet', 'join', '-', '--name', 'n4'], { input: await invite() })).code).toBe(0)
    await n4.ok(['fleet', 'leave'])
    expect(existsSync(path(n4.home, 'fleet'))).toBe(false)
    await seen(n1, ['n1', 'n2', 'n3'])
    for (const [t, name] of [
      [n1, 'one'],
      [n2, 'two'],
      [n3, 'three'],
    ] as const)
      await t.here.ok(['start', '--name', name, '--', program('waits.sh')])
  })

  test('the server vouches: each acts elsewhere by the role that its node came with, and no node needs --trust-bus', async () => {
    expect((await n2.ok(['restart', 'three@n3'])).stdout).toMatch(/^three@n3 restarted/)
    expect((await n1.ok(['ls', '--fleet', '-q'])).stdout).toBe('fleet-bus@n1\none@n1\ntwo@n2\nthree@n3\n')
    const far = await n2.run(['token', 'create', 'x', '--node', 'n3'])
    expect([far.code, far.stderr]).toEqual([7, expect.stringContaining('@n2 is an operator here; n2 has its role from')])
    for (const words of [
      ['restart', 'two@n2'],
      ['start', '--node', 'n2', '--name', 'x', '--', 'true'],
    ]) {
      const denied = await n3.run(words)
      expect([denied.code, denied.stderr]).toEqual([7, expect.stringContaining('@n3 is a viewer here')])
    }
    expect((await n3.ok(['show', 'two@n2'])).stdout).toMatch(/^two@n2 /)
    expect((await n1.ok(['token', 'create', 'x', '--node', 'n2'])).code).toBe(0)
  })

  test('secrets are in files of 0600 below HOME/fleet, and nowhere else', async () => {
    const token = await invite('--ttl', '10m')
    const n4 = await another()
    await n4.ok(['fleet', 'join', token, '--name', 'n4'])
    const listed = (await n1.ok(['ls', '--json'])).stdout + (await n4.ok(['fleet', 'status', '--json'])).stdout
    for (const t of [n1, n4]) {
      const files = filesOf(t.home)
      const inFleet = files.filter(({ name }) => name.startsWith(path(t.home, 'fleet/')))
      // What the server writes below jetstream/ is in a directory of 0700.
      const ours = inFleet.filter(({ name }) => !name.includes('/jetstream/'))
      expect(ours.map(({ name, mode }) => [name, mode])).toEqual(ours.map(({ name }) => [name, 0o600]))
      expect(statSync(path(t.home, 'fleet')).mode & 0o777).toBe(0o700)
      const seeds = ours.flatMap(({ text }) => text.match(/\bS[OAU][A-Z2-7]{56}\b/g) ?? [])
      expect(seeds.length).toBeGreaterThan(0)
      const elsewhere = files.filter(({ name }) => !name.startsWith(path(t.home, 'fleet/')))
      for (const secret of [...seeds, token, token.slice(60, 400)]) {
        expect(elsewhere.filter(({ text }) => text.includes(secret)).map(({ name }) => name)).toEqual([])
        expect(listed).not.toContain(secret)
      }
    }
    await n4.ok(['fleet', 'leave'])
  })

  test('tokens that do not do: used, expired, cut off, of another fleet, for a name that is taken; nothing is changed', async () => {
    const t = await another()
    const used = await invite()
    const n5 = await another()
    await n5.here.ok(['fleet', 'join', used, '--name', 'n5'])
    const short = await invite('--ttl', '1s')
    const good = await invite()
    const stranger = await another()
    const otherPort = await freePort()
    expect((await create(stranger, otherPort)).code).toBe(0)
    const foreign = (await stranger.ok(['fleet', 'invite'])).stdout.trim()
    // The other fleet is made anew, and its bus has another certificate.
    await stranger.ok(['fleet', 'leave'])
    expect((await create(stranger, otherPort)).code).toBe(0)
    await t.until(
      async () => (await t.run(['fleet', 'join', short, '--name', 't'])).stderr.includes('expired'),
      'the token has expired',
    )
    const refused: [string[], number, RegExp][] = [
      [[used], 7, /the token was used by n5 \(/],
      [[short], 7, /cannot join: the bus does not accept the token: it has expired \(/],
      [[good.slice(0, -5)], 2, /the token is not whole \(\d+ characters came\); copy all of it/],
      [['nonsense'], 2, /cannot join: this is no token/],
      [['@/nowhere/token'], 2, /cannot read the token in \/nowhere\/token: there is no such file/],
      [[foreign], 7, /cannot join: what answers at 127\.0\.0\.1:\d+ is not the bus that this token is for/],
      [[good, '--trust-bus'], 2, /cannot join by a token with --creds or --trust-bus/],
    ]
    for (const [words, code, stderr] of refused) {
      const answer = await t.run(['fleet', 'join', ...words, '--name', 't'])
      expect([words, answer.code, answer.stderr]).toEqual([words, code, expect.stringMatching(stderr)])
    }
    const taken = await t.run(['fleet', 'join', good, '--name', 'n2'])
    expect([taken.code, taken.stderr]).toEqual([2, expect.stringMatching(/n2 is a node of the fleet already; --name gives/)])
    await stranger.ok(['fleet', 'leave'])
    const gone = await t.run(['fleet', 'join', foreign, '--name', 't'])
    expect([gone.code, gone.stderr]).toEqual([
      5,
      expect.stringMatching(/the bus is not reached at 127.*: no server listens there/),
    ])
    expect(existsSync(path(t.home, 'fleet.json'))).toBe(false)
    expect(existsSync(path(t.home, 'fleet'))).toBe(false)
    expect(agentsOf(t)).toEqual([])
    // It was not used up by any of that.
    await t.ok(['fleet', 'join', good, '--name', 't'])
    await t.ok(['fleet', 'leave'])
    await n5.ok(['fleet', 'leave'])
  })

  test('kick: it is out, says by whom, also after its next start, and runs on; then a token brings it back', async () => {
    const n4 = await another()
    await n4.here.ok(['start', '--name', 'mine', '--', program('waits.sh')])
    const before = (await n4.ls('mine'))?.pid
    await n4.here.ok(['fleet', 'join', await invite(), '--name', 'n4'])
    await seen(n2, ['n1', 'n2', 'n3', 'n4'])
    for (const [t, words, said] of [
      [n2, ['fleet', 'kick', 'n4'], /cannot kick n4 from here: n1 has made the fleet, and holds its keys; do it on n1/],
      [n2, ['fleet', 'invite'], /cannot invite a node from here: n1 has made the fleet/],
      [n1, ['fleet', 'kick', 'nobody'], /cannot kick nobody: it is no node of this fleet; nodes are: /],
      [n1, ['fleet', 'kick', 'n1'], /cannot kick n1: it is this node/],
    ] as const)
      expect((await t.run([...words])).stderr).toMatch(said)
    expect(
      (await n1.ok(words(typedIn('docs/commands.md', 'ptrack fleet kick n3')).map((word) => word.replace('n3', 'n4')))).stdout,
    ).toBe('n4 is out of the fleet\n')
    await n4.until(async () => (await statusOf(n4)).state === 'refused', 'it knows')
    const why = async (): Promise<void> => {
      const status = await n4.run(['fleet', 'status'])
      expect([status.code, status.stdout]).toEqual([5, expect.stringMatching(/^reason +kicked from the fleet by \S+@n1$/m)])
      expect((await n4.run(['ls', '--node', 'n2'])).stderr).toMatch(/kicked from the fleet by \S+@n1/)
      expect(agentsOf(n4)).toEqual([])
      expect((await n4.ls('mine'))?.pid).toBe(before)
    }
    await why()
    await n4.ok(['daemon', 'restart'])
    await why()
    await seen(n2, ['n1', 'n2', 'n3'])
    expect((await nodesOf(n2)).map(({ name }) => name)).toEqual(['n1', 'n2', 'n3'])
    await n4.ok(['fleet', 'join', await invite(), '--name', 'n4'])
    await n4.ok(['fleet', 'leave'])
  })

  test('one that was away when it was kicked is not let in, and says why', async () => {
    const n4 = await another()
    await n4.here.ok(['fleet', 'join', await invite(), '--name', 'n4'])
    await n4.here.ok(['daemon', 'stop'])
    await n1.until(async () => (await nodesOf(n1)).some(({ name, state }) => name === 'n4' && state === 'away'), 'it is away')
    expect((await n1.ok(['fleet', 'kick', 'n4'])).stdout).toBe('n4 is out of the fleet; it was away, and is not let in again\n')
    await n4.here.ok(['daemon', 'start'])
    await n4.until(
      async () => (await statusOf(n4)).reason?.startsWith('it does not know this node: it was kicked') ?? false,
      'it is refused',
    )
    await n4.here.ok(['fleet', 'leave'])
  })

  test('kill -9 of the bus: it is started again, and all are back by themselves', async () => {
    const bus = identOf((await n1.ls('fleet-bus'))!.pid!)!
    const before = await Promise.all([n1, n2, n3].map(statusOf))
    await endIdent(bus)
    await n1.until(async () => {
      const now = await n1.ls('fleet-bus')
      return now?.status === 'running' && now.pid !== bus.pid
    }, 'the bus runs again')
    // Up as of now: a node may not have noticed yet that the bus was gone.
    for (const [index, node] of [n1, n2, n3].entries())
      await node.until(async () => {
        const { state, since } = await statusOf(node)
        return state === 'up' && since !== before[index]!.since
      }, 'it is on the bus again')
    for (const node of [n2, n3]) await seen(node, ['n1', 'n2', 'n3'])
    expect((await n2.ok(['restart', 'three@n3'])).code).toBe(0)
  })

  test('doctor: all is well where the bus runs; a setting that loses data is named, and what to do', async () => {
    const { ok, checks } = await n1.json<{ ok: boolean; checks: FleetCheck[] }>(['fleet', 'doctor'])
    expect([ok, checks.map(({ check, state }) => `${check} ${state}`)]).toEqual([
      true,
      [
        'bus ok',
        'version ok',
        'jetstream ok',
        'sync ok',
        'replicas ok',
        'events ok',
        'jobs ok',
        'tls ok',
        'login ok',
        'service ok',
      ],
    ])
    const far = await n2.json<{ checks: FleetCheck[] }>(['fleet', 'doctor'])
    expect(far.checks.filter(({ state }) => state !== 'ok').map(({ check, todo }) => [check, todo])).toEqual([
      ['sync', '`ptrack fleet doctor` on n1 sees it'],
      ['replicas', '`ptrack fleet doctor` on n1 sees it'],
      ['jobs', '`ptrack fleet doctor` on n1 sees it'],
    ])
    const config = path(n1.home, 'fleet/bus.conf')
    const right = readFileSync(config, 'utf8')
    writeFileSync(config, right.replace(', sync_interval: always', ''))
    await n1.ok(['restart', 'fleet-bus'])
    await n1.until(async () => (await statusOf(n1)).state === 'up', 'n1 is back')
    const bad = await n1.run(words(typedIn('docs/commands.md', 'ptrack fleet doctor')))
    expect([bad.code, bad.stdout]).toEqual([1, expect.stringMatching(/^bad +sync +a power failure takes back/m)])
    writeFileSync(config, right)
    await n1.ok(['restart', 'fleet-bus'])
    await n1.ok(['stop', 'fleet-bus'])
    await n1.until(async () => (await statusOf(n1)).state !== 'up', 'the bus is away')
    const away = await n1.json<{ ok: boolean; checks: FleetCheck[] }>(['fleet', 'doctor'])
    expect(away.checks.map(({ check, state }) => `${check} ${state}`)).toEqual(['bus bad', 'service bad'])
    await n1.ok(['start', 'fleet-bus'])
    await seen(n1, ['n1', 'n2', 'n3'])
  })

  test('a fleet that cannot be made leaves nothing', async () => {
    const t = await another()
    const refused: [string[], number, RegExp][] = [
      [
        ['--listen', `127.0.0.1:${port}`, '--server-binary', serverFile!],
        8,
        /cannot listen on 127\.0\.0\.1:\d+: another program does/,
      ],
      [['--listen', '203.0.113.9:4222', '--server-binary', serverFile!], 2, /this machine has no such address/],
      [['--listen', 'nonsense', '--server-binary', serverFile!], 2, /cannot listen on "nonsense": it is no HOST:PORT/],
      [['--server-binary', '/nowhere/nats-server'], 2, /\/nowhere\/nats-server is no program/],
      [['--server-binary', '/bin/true', '--listen', `127.0.0.1:${await freePort()}`], 2, /it is no nats-server/],
      [['--servers', '3'], 2, /with 3 servers: only one is possible so far/],
      [['--name', 'a b'], 2, /cannot name the node "a b"/],
    ]
    for (const [words, code, stderr] of refused) {
      const answer = await t.run(['fleet', 'create', ...words])
      expect([words, answer.code, answer.stderr]).toEqual([words, code, expect.stringMatching(stderr)])
    }
    const none = await t.run(['fleet', 'create'], { env: { PATH: '/nowhere' } })
    expect([none.code, none.stderr]).toEqual([
      2,
      expect.stringMatching(/no nats-server in PATH, and ptrack downloads none; install it/),
    ])
    await t.here.ok(['start', '--name', 'fleet-bus', '--', program('waits.sh')])
    expect((await create(t, await freePort())).stderr).toMatch(/cannot define 'fleet-bus': a process of this name exists/)
    await t.here.ok(['delete', 'fleet-bus'])
    expect([existsSync(path(t.home, 'fleet')), existsSync(path(t.home, 'fleet.json')), agentsOf(t)]).toEqual([false, false, []])
  })

  test('who has made it leaves last, or ends it for all; the service goes with it', async () => {
    const refused = await n1.run(['fleet', 'leave'])
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringMatching(/cannot leave: n2, n3 would be without a bus, which runs here/),
    ])
    expect((await n1.run(['fleet', 'create', '--server-binary', serverFile!])).stderr).toMatch(/this home is in a fleet already/)
    await n3.ok(['fleet', 'leave'])
    await seen(n1, ['n1', 'n2'])
    expect((await n1.run(['fleet', 'leave'])).stderr).toMatch(/cannot leave: n2 would be without/)
    expect((await n1.ok(['fleet', 'leave', '--force'])).stdout).toBe('left the fleet; n1 is a node no more\n')
    expect(await n1.ls('fleet-bus')).toBeUndefined()
    expect(existsSync(path(n1.home, 'fleet'))).toBe(false)
    const status: FleetStatus = await statusOf(n2)
    expect(status.node).toBe('n2')
    await n2.until(async () => (await statusOf(n2)).reason === 'no server listens there', 'n2 sees that the bus is gone')
    expect((await n2.ls('two'))?.status).toBe('running')
    await n2.ok(['fleet', 'leave'])
  })
})
