/** Three homes on one bus: what is seen and done from one of them on the others, and by whom. */
import { spawn } from 'node:child_process'
import { cpSync, existsSync, writeFileSync } from 'node:fs'
import { join as path } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { FleetNode, OnNode } from '../../src/protocol/fleet.ts'
import type { ActionResult } from '../../src/protocol/requests.ts'
import type { ProcessDetail, ProcessView } from '../../src/protocol/view.ts'
import { cliFile } from '../support/bundle.ts'
import { natsServer } from '../support/bus.ts'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { agentsOf, join, nodesOf, seen, statusOf, type TestFleet, testFleet } from '../support/fleet.ts'
import { otherProtocol } from '../support/other-version.ts'
import { describeNeeding } from '../support/requires.ts'
import { typedIn } from '../support/terminal.ts'
import { watchTmuxOf } from '../support/watch.ts'

type Row = ProcessView & OnNode

let fleet: TestFleet
let n1: TestHome
let n2: TestHome
let n3: TestHome
beforeAll(async () => {
  if (!natsServer.there) return
  fleet = await testFleet()
  n1 = fleet.n1
  n2 = fleet.n2
  n3 = fleet.n3
  for (const [t, name] of [
    [n1, 'one'],
    [n2, 'two'],
    [n3, 'three'],
  ] as const)
    await t.here.ok(['start', '--name', name, '--', program('waits.sh')])
})
afterAll(() => fleet?.close())

describeNeeding(natsServer)('a fleet', () => {
  test('fleet ls and status: who is here, with versions and load; without a fleet NO_FLEET', async () => {
    const nodes = await n1.json<FleetNode[]>(['fleet', 'ls'])
    expect(nodes.map(({ name, state, self }) => [name, state, self])).toEqual([
      ['n1', 'here', true],
      ['n2', 'here', false],
      ['n3', 'here', false],
    ])
    expect(nodes[1]).toMatchObject({
      protocol: 1,
      load: expect.any(Number),
      tags: [],
      slots: null,
      used: null,
      lease: null,
      server: null,
    })
    expect((await n1.ok(['fleet'])).stdout).toMatch(/^n1 \(this one\) +here for /m)
    expect((await n1.ok(['fleet', 'status'])).stdout).toMatch(/^state +on the bus since /m)
    const alone = await testHome()
    for (const args of [
      ['fleet', 'ls'],
      ['fleet', 'status'],
      ['fleet', 'leave'],
      ['ls', '--fleet'],
      ['ls', '--node', 'n2'],
    ]) {
      const { code, stderr } = await alone.here.run(args)
      expect([args, code]).toEqual([args, 2])
      expect(stderr).toMatch(/this home is in no fleet; `ptrack fleet create/)
    }
    expect(agentsOf(alone)).toEqual([])
    expect(existsSync(path(alone.home, 'fleet.json'))).toBe(false)
    await alone.close()
  })

  test('ls --fleet: the processes of all, each with its node', async () => {
    const rows = await n1.json<Row[]>(['ls', '--fleet'])
    expect(rows.map(({ name, node, stale, fleet: of }) => [name, node, stale, of])).toEqual([
      ['one', 'n1', null, null],
      ['two', 'n2', null, null],
      ['three', 'n3', null, null],
    ])
    const { stdout, stderr } = await n1.ok(['ls', '--fleet'])
    expect(stdout).toMatch(/ two@n2 +service +running /)
    expect(stderr).toBe('')
    expect((await n3.ok(['ls', '--fleet', '-q'])).stdout).toBe('one@n1\ntwo@n2\nthree@n3\n')
    expect((await n1.ok(['ls', '--fleet', '-q', 'tw*'])).stdout).toBe('two@n2\n')
  })

  test('start, stop, restart, show, why and wait by NAME@NODE; hints can be typed here', async () => {
    expect((await n1.ok(['stop', 'two@n2'])).stdout).toBe('two@n2 stopped\n')
    expect((await n2.ls('two'))?.status).toBe('stopped')
    expect((await n1.ok(['start', 'two@n2'])).stdout).toMatch(/^two@n2 started \(pid \d+\)\n$/)
    const before = (await n2.ls('two'))?.pid
    expect((await n1.ok(['restart', 'two@n2'])).stdout).toMatch(/^two@n2 restarted/)
    expect((await n2.ls('two'))?.pid).not.toBe(before)
    const shown = await n1.json<ProcessDetail & { node: string }>(['show', 'two@n2'])
    expect([shown.name, shown.node]).toEqual(['two', 'n2'])
    expect((await n1.ok(['show', 'two', '--node', 'n2'])).stdout).toMatch(/^two@n2 /)
    expect((await n1.ok(['why', 'two@n2'])).stdout).toMatch(/^two@n2 is running/)
    expect((await n1.ok(['wait', 'two@n2', '--for', 'healthy'])).stdout).toMatch(/^two@n2: /)
    const missing = await n1.run(['show', 'nothing@n2'])
    expect(missing.code).toBe(4)
    expect(missing.stderr).toMatch(/^ptrack: on n2: cannot find 'nothing'.*`ptrack ls --node n2 --all`/)
  })

  test('--node, for what names no process; exec and run there, with their exit codes', async () => {
    expect((await n1.json<Row[]>(['ls', '--node', 'n2'])).map(({ name, node }) => [name, node])).toEqual([['two', 'n2']])
    expect((await n1.ok(['--node', 'n2', 'ls', '-q'])).stdout).toBe('two\n')
    // Its own name is this node.
    expect((await n1.ok(['ls', '-q', '--node', 'n1'])).stdout).toBe('one\n')
    const ran = await n1.run(['run', '--node', 'n2', '--name', 'job', '--', 'sh', '-c', 'echo "$PTRACK_HOME"; exit 3'])
    expect([ran.code, ran.stdout]).toEqual([3, `${n2.home}\n`])
    expect((await n1.run(['exec', 'two@n2', '--', 'sh', '-c', 'exit 4'])).code).toBe(4)
    expect((await n1.ok(['start', '--node', 'n2', '--name', 'made', '--', program('waits.sh')])).stdout).toMatch(
      /^made@n2 started/,
    )
    expect(await n1.ls('made')).toBeUndefined()
    await n1.ok(['delete', 'made@n2', 'job@n2'])
    expect((await n1.run(['daemon', 'stop', '--node', 'n2'])).code).toBe(2)
    expect(n2.daemon()).not.toBeNull()
  })

  test('targets of several nodes: an answer for each, in their order, as one value of JSON', async () => {
    expect((await n1.ok(['restart', 'one', 'two@n2'])).stdout).toMatch(/^one restarted.*\ntwo@n2 restarted.*\n$/)
    const results = await n1.json<(ActionResult & { node?: string })[]>(['restart', 'two@n2', 'one'])
    expect(results.map(({ name, node, ok }) => [name, node ?? null, ok])).toEqual([
      ['two', 'n2', true],
      ['one', null, true],
    ])
    const some = await n1.run(['restart', 'one', 'two@n2', 'three@n3'])
    expect(some.code).toBe(7)
    expect(some.stdout).toMatch(/^one restarted.*\ntwo@n2 restarted.*\n$/)
    expect(some.stderr).toMatch(/on n3: cannot restart: root@n1 is a viewer here|on n3: cannot restart: .*@n1 is a viewer here/)
    expect((await n1.ok(['ls', 'one', 'two@n2'])).stdout).toMatch(/ one +service .*\n[\s\S]* two@n2 +service /)
    const mixed = await n1.run(['signal', 'HUP', 'one', 'two@n2'])
    expect(mixed.stdout).toMatch(/^one: SIGHUP.*\ntwo@n2: SIGHUP/)
    expect((await n1.run(['exec', 'one', '--', 'true'])).code).toBe(0)
  })

  test('logs -f of two nodes: each line says whose it is', async () => {
    for (const [t, name] of [
      [n1, 'talk'],
      [n2, 'talk'],
    ] as const)
      await t.here.ok([
        'start',
        '--name',
        name,
        '--',
        'sh',
        '-c',
        'i=0; while :; do i=$((i+1)); echo "line $i"; sleep 0.05; done',
      ])
    const child = spawn(process.execPath, [cliFile, 'logs', '-f', 'talk', 'talk@n2', '-n', '0'], {
      env: n1.env,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let text = ''
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
    await n1.until(() => /^talk +\| line \d+$/m.test(text) && /^talk@n2 +\| line \d+$/m.test(text), 'both are followed')
    child.kill('SIGINT')
    await n1.until(() => child.exitCode !== null, 'it has ended')
    await n1.ok(['delete', 'talk', 'talk@n2'])
  })

  test('a local name with @ comes first; such a name cannot be made any more', async () => {
    const other = await testHome()
    await other.here.ok(['start', '--name', 'two@n2', '--', program('waits.sh')])
    const joined = await join(other, fleet.bus, 'n4')
    expect(joined.stderr).toMatch(/these names keep meaning the processes here: two@n2/)
    expect((await other.ok(['stop', 'two@n2'])).stdout).toBe('two@n2 stopped\n')
    expect((await n2.ls('two'))?.status).toBe('running')
    for (const words of [
      ['start', '--name', 'new@n2', '--', program('waits.sh')],
      ['track', 'start', 'new@n2'],
    ]) {
      const refused = await other.run(words)
      expect([words, refused.code, refused.stderr]).toEqual([
        words,
        2,
        expect.stringContaining("cannot define 'new@n2': n2 is a node of the fleet"),
      ])
    }
    expect((await other.ok(['fleet', 'leave'])).stdout).toBe('left the fleet; n4 is a node no more\n')
    await seen(n1, ['n1', 'n2', 'n3'])
    expect(await nodesOf(n1)).toHaveLength(3)
    expect(agentsOf(other)).toEqual([])
    expect((await other.run(['start', '--name', 'new@n2', '--', program('waits.sh')])).code).toBe(0)
    await other.close()
  })

  test('on a bus that vouches for nobody others may look, and nothing else', async () => {
    expect((await n1.ok(['show', 'three@n3'])).stdout).toMatch(/^three@n3 /)
    expect((await n1.ok(['logs', 'three@n3'])).code).toBe(0)
    for (const args of [
      ['stop', 'three@n3'],
      ['start', '--node', 'n3', '--name', 'x', '--', 'true'],
      ['exec', 'three@n3', '--', 'true'],
      ['delete', 'three@n3'],
      ['token', 'create', 'x', '--node', 'n3'],
      ['limits', 'set', '--global', '1', '--node', 'n3'],
    ]) {
      const { code, stderr } = await n1.run(args)
      expect([args, code, stderr]).toEqual([
        args,
        7,
        expect.stringMatching(/is a viewer here; n1 has its role from .*on a bus of others one may only look, except/),
      ])
    }
    expect((await n3.ls('three'))?.status).toBe('running')
    // The environment's values are not for viewers.
    expect((await n1.run(['env', 'three@n3', '--reveal'])).code).toBe(7)
  })

  test('a viewer here is a viewer there, though that node trusts the bus', async () => {
    const { token } = await n1.request('token.create', { name: 'eye', role: 'viewer' })
    const web = await n1.run(['ls', '--fleet', '--json'])
    expect(web.code).toBe(0)
    const { connect } = await import('node:net')
    const socket = connect(path(n1.home, 'daemon.sock'))
    let text = ''
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
    const say = (id: number, method: string, params: object): void =>
      void socket.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`)
    const hello = { version: '0.1.0', protocol: 1 }
    say(1, 'hello', { ...hello, token })
    say(2, 'fleet.open', { node: 'n2' })
    await n1.until(() => text.includes('"id":2,"result":{"node":"n2"}'), 'the way is open')
    say(3, 'hello', hello)
    say(4, 'stop', { targets: ['two'] })
    await n1.until(() => text.includes('"id":4'), 'it is answered')
    expect(text).toMatch(/"id":4,"error":.*is a viewer here/)
    // Its rights end, and so does the way.
    await n1.request('token.revoke', { name: 'eye' })
    await n1.until(() => socket.closed, 'the connection has ended')
  })

  test('nobody gains rights by a token of the far daemon, and admit only narrows', async () => {
    const { askDaemon } = await import('../../src/adapters/bus/own-daemon.ts')
    const admit = (role: 'admin' | 'viewer') => ({ method: 'admit', params: { user: 'me', role, node: 'x' } }) as const
    await expect(askDaemon(n2.home, admit('viewer'), { method: 'stop', params: { targets: ['two'] } }, 5000)).rejects.toThrow(
      /is a viewer here/,
    )
    const { token } = await n2.request('token.create', { name: 'all', role: 'admin' })
    const { ask, openDaemon } = await import('../../src/adapters/bus/own-daemon.ts')
    const socket = await openDaemon(n2.home)
    await expect(
      ask(socket, [admit('viewer'), { method: 'hello', params: { version: '0', protocol: 1, token } }]),
    ).rejects.toThrow(/a token means nothing/)
    const second = await openDaemon(n2.home)
    await expect(ask(second, [{ method: 'fleet.carry', params: { ticket: 'guessed' } }])).rejects.toThrow(/nobody waits/)
  })

  test('a second node of the name, and a copy of a home, are refused and say why', async () => {
    const other = await testHome()
    await other.here.ok(['daemon', 'start'])
    const taken = await other.here.run(['fleet', 'join', fleet.bus.url, '--name', 'n2'])
    expect(taken.code).toBe(2)
    expect(taken.stderr).toMatch(
      /cannot join the fleet as n2: another home is the node n2 \(.*\); --name gives this node another name/,
    )
    expect(existsSync(path(other.home, 'fleet.json'))).toBe(false)
    expect(agentsOf(other)).toEqual([])
    await other.here.ok(['daemon', 'stop'])
    cpSync(path(n2.home, 'fleet.json'), path(other.home, 'fleet.json'))
    await other.here.ok(['daemon', 'start'])
    await other.until(async () => (await statusOf(other)).state === 'refused', 'the copy is refused')
    expect((await statusOf(other)).reason).toMatch(/^this home is a copy of one that is in the fleet as n2/)
    const far = await other.run(['ls', '--node', 'n1'])
    expect([far.code, far.stderr]).toEqual([5, expect.stringContaining('this node is refused: this home is a copy')])
    expect((await statusOf(n2)).state).toBe('up')
    await other.close()
  })

  test('as the page of commands has them', async () => {
    const other = await testHome()
    const words = typedIn('docs/commands.md', 'ptrack fleet join nats://10.0.0.5:4222 --name n1')
    const joining = words.replace('nats://10.0.0.5:4222', fleet.bus.url).replace('n1', 'n6')
    const others = [
      typedIn('docs/commands.md', 'ptrack fleet ls'),
      typedIn('docs/commands.md', 'ptrack fleet status'),
      typedIn('docs/commands.md', 'ptrack fleet leave'),
    ]
    for (const line of [joining, ...others]) await other.here.ok(line.split(' ').slice(1))
    await other.close()
    await seen(n1, ['n1', 'n2', 'n3'])
  })

  test('a file that cannot be read, and a bus that is not there: said, and nothing local is harmed', async () => {
    const other = await testHome()
    await other.here.ok(['start', '--name', 'mine', '--', program('waits.sh')])
    const nowhere = await other.here.run(['fleet', 'join', 'nats://127.0.0.1:1'])
    expect([nowhere.code, nowhere.stderr]).toEqual([
      5,
      expect.stringMatching(/cannot join the fleet on nats:\/\/127.0.0.1:1: no server listens there/),
    ])
    expect((await other.here.run(['fleet', 'join', 'http://x'])).code).toBe(2)
    expect((await other.here.run(['fleet', 'join', fleet.bus.url, '--name', 'a b'])).code).toBe(2)
    const creds = await other.here.run(['fleet', 'join', fleet.bus.url, '--name', 'n5', '--creds', 'missing.creds'])
    expect([creds.code, creds.stderr]).toEqual([
      5,
      expect.stringMatching(/the credentials .*missing.creds cannot be read: no such file/),
    ])
    await other.here.ok(['daemon', 'stop'])
    writeFileSync(path(other.home, 'fleet.json'), '{"version":1,')
    await other.here.ok(['daemon', 'start'])
    expect((await other.ls('mine'))?.status).toBe('running')
    expect((await other.here.run(['fleet', 'status'])).code).toBe(2)
    expect((await other.here.ok(['fleet', 'leave'])).stdout).toBe('left the fleet\n')
    expect(existsSync(path(other.home, 'fleet.json'))).toBe(false)
    await other.close()
  })

  test('a node of another protocol: the error names both versions', async () => {
    const old = await testHome()
    const cli = otherProtocol(path(old.dir, 'build'), '9.9.9', 2, ['cli', 'daemon', 'fleet'])
    await old.ok(['fleet', 'join', fleet.bus.url, '--name', 'old'], { cli })
    await seen(n1, ['n1', 'n2', 'n3', 'old'])
    const far = await n1.run(['ls', '--node', 'old'])
    expect([far.code, far.stderr]).toEqual([
      5,
      expect.stringMatching(
        /cannot talk to the daemon of old: it is version 9\.9\.9 \(protocol 2\), this client is version .* \(protocol 1\)/,
      ),
    ])
    await old.ok(['fleet', 'leave'], { cli })
    await old.ok(['daemon', 'stop', '--kill-children'], { cli })
    await old.close()
  })
})

describeNeeding(
  natsServer,
  'tmux',
  'bash',
  'script',
)('at a terminal', () => {
  test('attach to a program of another node: typed, shown, left, ended', async () => {
    const tmux = watchTmuxOf(n1)
    await n2.here.ok(['start', '--tty', '--name', 'shell', '--env', 'PS1=far> ', '--', 'bash', '--norc'])
    tmux.watch('far', 80, 20, `'${process.execPath}' '${cliFile}' attach shell@n2`)
    await tmux.shows('far', /^far>/)
    tmux.keys('far', 'echo "on $((40 + 2))"; stty size', 'Enter')
    await tmux.shows('far', /^on 42$/)
    await tmux.shows('far', /^20 80$/)
    tmux.keys('far', 'exit 6', 'Enter')
    await n2.until(
      async () => (await n2.ls('shell'))?.status !== 'running' || (await n2.ls('shell'))?.run !== 1,
      'the shell has ended',
    )
    tmux.close()
    await n2.here.ok(['delete', 'shell'])
  })
})
