/** mcp: every tool, as an agent uses it. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { VERSION } from '../../src/protocol/version.ts'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { freePort } from '../support/free-port.ts'
import { type Agent, agentOf } from '../support/mcp.ts'
import { identOf, isAlive } from '../support/proc.ts'
import { testNeeding } from '../support/requires.ts'

let t: TestHome
let agent: Agent
beforeAll(async () => {
  t = await testHome()
  agent = await agentOf(t)
})
afterAll(async () => {
  await agent?.close()
  await t?.close()
})

const { ok, refused } = new Proxy({} as Agent, {
  get:
    (_, key: keyof Agent) =>
    (...args: never[]) =>
      (agent[key] as (...a: never[]) => unknown)(...args),
})
const TOOLS = 'start run logs list wait why ports progress results stop restart send orphans kill_orphan up down'

test('what a client is told, and that looking starts no daemon', async () => {
  expect(agent.client.getServerVersion()).toMatchObject({ name: 'ptrack', version: VERSION })
  expect(agent.client.getServerCapabilities()).toEqual({ tools: {}, resources: {} })
  expect(agent.client.getInstructions()).toContain('`start` is safe to repeat')
  const { tools } = await agent.client.listTools()
  expect(tools.map(({ name }) => name).join(' ')).toBe(TOOLS)
  for (const tool of tools) {
    expect(tool.description, tool.name).toMatch(/^[A-Z].+\.$/s)
    expect(tool.inputSchema, tool.name).toMatchObject({ type: 'object', additionalProperties: false })
    expect(tool.annotations, tool.name).toMatchObject({ title: tool.title, openWorldHint: false })
  }
  expect(tools.filter(({ annotations }) => annotations?.readOnlyHint).map(({ name }) => name)).toEqual(
    'logs list wait why ports progress results orphans'.split(' '),
  )
  expect(await ok('list')).toEqual({ ok: true, project: 'shop', processes: [] })
  expect(await ok('orphans')).toEqual({ ok: true, orphans: [] })
  expect((await agent.client.listResources()).resources).toHaveLength(1)
  expect(t.daemon()).toBeNull()
})

test('a service: ready with its URL, the same again, another refused, stopped and started', async () => {
  const port = await freePort()
  const web = { name: 'web', command: [process.execPath, program('serves-port.mjs')], env: { VERSION: '1' }, port }
  const first = await ok('start', web)
  expect(first).toMatchObject({
    name: 'web',
    status: 'running',
    health: 'healthy',
    ready: true,
    port,
    url: `http://localhost:${port}`,
  })
  expect(await (await fetch(first.url)).text()).toBe(`${first.pid} 1`)
  expect(await ok('start', web)).toMatchObject({ note: 'already running', pid: first.pid, url: first.url, ready: true })
  const { error } = await refused('start', { ...web, env: { VERSION: '2' } })
  expect(error).toMatchObject({ code: 'DUPLICATE_NAME', message: expect.stringMatching(/^cannot start web: .+env\.VERSION/) })
  expect(await ok('ports')).toMatchObject({ ports: [{ port, name: 'web', listens: true, url: first.url, heldBy: first.pid }] })
  expect(await ok('ports', { port })).toMatchObject({ free: false, holders: [{ pid: first.pid, process: 'web' }] })

  expect(await ok('restart', { name: 'web' })).toMatchObject({ name: 'web', status: 'running', health: 'healthy' })
  expect(await ok('stop', { name: 'web' })).toMatchObject({ name: 'web', status: 'stopped' })
  expect(await ok('ports', { port })).toMatchObject({ free: true, holders: [] })
  expect(await ok('start', web)).toMatchObject({
    name: 'web',
    ready: true,
    pid: expect.not.toSatisfy((pid: number) => pid === first.pid),
  })
  await ok('stop', { name: ['web'] })
})

test('a service that says where it listens, one that does not come up, one that takes longer', async () => {
  const says = 'printf "\\033[32mready\\033[0m  Local: http://localhost:5173/app\\n"; exec sleep 1000'
  expect(await ok('start', { name: 'vite', command: says })).toMatchObject({
    ready: true,
    port: 5173,
    url: 'http://localhost:5173/app',
    lines: ['ready  Local: http://localhost:5173/app'],
  })
  expect(
    await refused('start', { name: 'broken', command: 'echo "no such module" >&2; exit 3', restart: 'never' }),
  ).toMatchObject({
    error: { code: 'FAILED', message: 'cannot start broken: exit code 3' },
    status: 'failed',
    exitCode: 3,
    lines: ['no such module'],
  })
  const slow = { name: 'slow', command: 'sleep 1000', health: 'exec:false', timeout: 0.5 }
  expect(await ok('start', slow)).toMatchObject({
    status: 'starting',
    ready: false,
    note: expect.stringContaining('not ready after 0.5 s'),
  })
  expect(await ok('wait', { name: 'slow', for: 'ready', timeout: 0.1 })).toMatchObject({ outcome: 'timeout', status: 'starting' })
  expect(await ok('why', { name: 'broken' })).toMatchObject({
    status: 'failed',
    reason: 'exit code 3',
    changes: [{ status: 'starting' }, { status: 'running' }, { status: 'failed', reason: 'exit code 3' }],
    failures: [{ run: 1, lines: ['no such module'] }],
  })
  const { processes } = await ok('stop', { name: 'all' })
  expect(processes.every(({ status }: { status: string }) => status === 'stopped' || status === 'failed')).toBe(true)
})

test('a job: its result, a failure, a handle to wait for, and the same name again', async () => {
  expect(await ok('run', { command: 'seq 1 3; exit 0', name: 'count' })).toMatchObject({
    outcome: 'ended',
    name: 'count',
    status: 'done',
    exitCode: 0,
    lines: ['1', '2', '3'],
  })
  expect(await refused('run', { command: 'echo bad >&2; exit 4', name: 'count' })).toMatchObject({
    error: { code: 'FAILED', message: expect.stringContaining('count has failed: exit code 4') },
    outcome: 'ended',
    exitCode: 4,
    lines: ['bad'],
  })
  const open = join(t.dir, 'open')
  const waits = `while [ ! -e ${open} ]; do sleep 0.1; done; echo over`
  const handle = await ok('run', { command: waits, name: 'gate', timeout: 0 })
  expect(handle).toMatchObject({ outcome: 'running', name: 'gate', status: 'running' })
  expect((await refused('run', { command: waits, name: 'gate' })).error).toMatchObject({ code: 'DUPLICATE_NAME' })
  expect(await ok('wait', { name: 'gate', timeout: 0.1 })).toMatchObject({ outcome: 'timeout' })
  writeFileSync(open, '')
  expect(await ok('wait', { name: 'gate' })).toMatchObject({ outcome: 'ended', status: 'done', exitCode: 0 })
  expect(await ok('logs', { name: 'gate', cursor: handle.cursor })).toMatchObject({ lines: ['over'] })
  // Without a name, that of its program; a taken one gets another.
  const [a, b] = [await ok('run', { command: ['true'] }), await ok('run', { command: ['true'] })]
  expect([a.name, b.name]).toEqual(['true', expect.stringMatching(/^true-[0-9a-f]{6}$/)])
})

test('progress and results of a job, page by page', async () => {
  const told = { command: [process.execPath, program('tells-results.mjs'), '300', '0'], name: 'tells', lines: 0 }
  expect(await ok('run', told)).toMatchObject({ status: 'done', results: 300 })
  expect(await ok('progress', { name: 'tells' })).toMatchObject({ progress: { percent: 100, current: 300, total: 300 } })
  const rows: number[] = []
  let page = await ok('results', { name: 'tells' })
  for (; page.cursor; page = await ok('results', { name: 'tells', cursor: page.cursor }))
    rows.push(...page.rows.map((each: { row: { n: number } }) => each.row.n))
  rows.push(...page.rows.map((each: { row: { n: number } }) => each.row.n))
  expect(rows).toEqual([...Array(300).keys()])
})

test('10,000 lines of log, each once, by cursor; colours are not in them', async () => {
  await ok('run', { command: 'for i in $(seq 1 10000); do echo "line $i"; done', name: 'chatty', lines: 1 })
  const last = await ok('logs', { name: 'chatty', lines: 2 })
  expect(last).toMatchObject({ lines: ['line 9999', 'line 10000'] })
  const seen: string[] = []
  let page = await ok('logs', { name: 'chatty', cursor: '0:0', lines: 200 })
  for (; page.more; page = await ok('logs', { name: 'chatty', cursor: page.cursor, lines: 200 })) {
    expect(page.lines.length).toBeLessThanOrEqual(200)
    seen.push(...page.lines)
  }
  seen.push(...page.lines)
  expect(seen).toEqual([...Array(10_000).keys()].map((n) => `line ${n + 1}`))
  expect(page.cursor).toBe(last.cursor)
  expect(await ok('logs', { name: 'chatty', grep: '77.$', cursor: '0:0', lines: 3 })).toMatchObject({
    lines: ['line 770', 'line 771', 'line 772'],
    more: true,
  })

  const wide = 'printf "\\033[1;31mred\\033[0m\\n10%%\\r20%%\\r30%%\\n"; head -c 20000 /dev/zero | tr "\\0" x; echo'
  await ok('run', { command: wide, name: 'wide', lines: 0 })
  const { lines } = await ok('logs', { name: 'wide', since: '1h' })
  expect(lines.slice(0, 2)).toEqual(['red', '30%'])
  expect(lines[2]).toMatch(/^x{1500}\.\.\. \(18500 more characters\)$/)
})

testNeeding('script')('what is typed at a terminal', async () => {
  await ok('start', { name: 'reader', command: 'while read -r line; do echo "got <$line>"; done; exec sleep 1000', tty: true })
  expect(await ok('send', { name: 'reader', text: 'hello' })).toMatchObject({ name: 'reader', written: 6 })
  await t.until(async () => (await ok('logs', { name: 'reader' })).lines.includes('got <hello>'), 'it has read it')
  await ok('send', { name: 'reader', text: 'to be', enter: false, keys: ['backspace', 'X', 'enter'] })
  await t.until(async () => (await ok('logs', { name: 'reader' })).lines.includes('got <to bX>'), 'it has read the keys')
  expect((await refused('send', { name: 'reader', keys: ['hyper-q'] })).error.message).toContain('there is no such key')
  expect((await refused('send', { name: 'count', text: 'x' })).error.message).toContain('cannot send to count')
  await ok('stop', { name: 'reader' })
})

test('an orphan is ended by the identity that was shown, and by no other', async () => {
  await ok('run', { command: [program('leaves-a-child.sh')], name: 'leaver' })
  const [orphan] = await t.until(async () => {
    const { orphans } = await ok('orphans')
    return orphans.length > 0 && orphans
  }, 'what it left is listed')
  expect(orphan).toMatchObject({ process: 'leaver', command: 'sleep 3600', evidence: expect.any(String) })
  const ident = identOf(orphan.pid)!
  expect((await refused('kill_orphan', { pid: orphan.pid, identity: `${orphan.identity}0` })).error.code).toBe('NOT_FOUND')
  expect((await refused('kill_orphan', { pid: process.pid, identity: orphan.identity })).error.code).toBe('NOT_FOUND')
  expect(isAlive(ident)).toBe(true)
  expect(await ok('kill_orphan', { pid: orphan.pid, identity: orphan.identity })).toMatchObject({ result: 'terminated' })
  expect(isAlive(ident)).toBe(false)
  expect(await ok('orphans')).toEqual({ ok: true, orphans: [] })
})

test('a file: the plan, up, once more, down', async () => {
  writeFileSync(join(t.dir, 'shop', 'Procfile'), 'clock: exec sleep 1000\nworker: exec sleep 1000\n')
  expect(await ok('up', { dryRun: true })).toMatchObject({
    plan: [
      { name: 'clock', change: 'new' },
      { name: 'worker', change: 'new' },
    ],
    processes: [],
  })
  expect(await ok('up', { only: ['clock'] })).toMatchObject({
    processes: [{ name: 'clock', ok: true, status: 'running', session: `agent-${agent.pid}` }],
  })
  expect(await ok('up')).toMatchObject({ unchanged: 1, processes: [{ name: 'worker', ok: true }] })
  expect(await ok('up')).toEqual({ ok: true, plan: [], unchanged: 2, processes: [] })
  expect(await ok('down', { delete: true })).toMatchObject({
    processes: [
      { name: 'clock', ok: true },
      { name: 'worker', ok: true },
    ],
  })
  writeFileSync(join(t.dir, 'shop', 'Procfile'), 'broken: exec /nonexistent/program\n')
  expect(await refused('up')).toMatchObject({
    error: { message: expect.stringContaining('broken') },
    processes: [{ name: 'broken', ok: false }],
  })
  expect((await refused('up', { file: 'missing.yaml' })).error).toMatchObject({ code: 'BAD_FILE' })
  expect((await refused('up', { file: '/etc/ptrack.yaml' })).error).toMatchObject({
    code: 'USAGE',
    message: expect.stringContaining('another project'),
  })
})

test('bad input is a clear error and changes nothing', async () => {
  await ok('stop', { name: 'all' })
  const before = await t.request('list', { all: true })
  const bad: [string, object, RegExp][] = [
    ['start', { name: 'x' }, /`command` is missing/],
    ['start', { name: 'x', command: 5 }, /`command` must be a string or a list/],
    ['start', { name: 'x', command: [] }, /`command` is empty/],
    ['start', { name: 'x', command: ['a', 1] }, /`command\[1\]` must be a string/],
    ['start', { name: '', command: 'x' }, /`name` is empty/],
    ['start', { name: 'a b', command: 'x' }, /name/],
    ['start', { name: 'other/x', command: 'x' }, /another project/],
    ['start', { name: 'x', command: 'x', comand: 'y' }, /there is no argument `comand`/],
    ['start', { name: 'x', command: 'x', env: { A: 1 } }, /`env.A` must be a string/],
    ['start', { name: 'x', command: 'x', port: 0 }, /`port` must be from 1 to 65535/],
    ['start', { name: 'x', command: 'x', port: 'free' }, /`port` must be one of auto/],
    ['start', { name: 'x', command: 'x', health: '/up' }, /a path needs a `port`/],
    ['start', { name: 'x', command: 'x', health: 'nonsense' }, /no kind of health check/],
    ['start', { name: 'x', command: 'x', restart: 'sometimes' }, /must be one of always, on-failure, never/],
    ['start', { name: 'x', command: 'x', keep: null }, /`keep` is null: leave it out/],
    ['start', { name: 'x', command: 'a\0b' }, /holds a NUL/],
    ['run', { command: 'x', timeout: -1 }, /`timeout` must be from 0 to 600/],
    ['run', { command: 'x', retries: 1.5 }, /`retries` must be a whole number/],
    ['logs', { name: 'count', lines: 201 }, /`lines` must be from 1 to 200/],
    ['logs', { name: 'count', cursor: 'nonsense' }, /the cursor is damaged/],
    ['logs', { name: 'count', since: 'yesterdayish' }, /yesterdayish/],
    ['logs', { name: 'count', grep: '(' }, /\(/],
    ['wait', { name: 'count', for: 'fun' }, /`for` must be one of ready, ended/],
    ['stop', { name: 'nobody' }, /cannot find 'nobody' in the project shop/],
    ['stop', { name: [] }, /`name` is empty/],
    ['kill_orphan', { pid: 1 }, /`identity` is missing/],
  ]
  for (const [tool, args, message] of bad)
    expect((await refused(tool, args)).error.message, `${tool} ${JSON.stringify(args)}`).toMatch(message)
  expect((await t.request('list', { all: true })).map(({ fullName, run }) => [fullName, run])).toEqual(
    before.map(({ fullName, run }) => [fullName, run]),
  )
  await expect(agent.client.callTool({ name: 'destroy', arguments: {} })).rejects.toThrow(/there is no tool "destroy"/)
})

test('resources: the list, and a log each', async () => {
  const { resources } = await agent.client.listResources()
  expect(resources.map(({ uri }) => uri)).toEqual(expect.arrayContaining(['ptrack://processes', 'ptrack://logs/chatty']))
  const { resourceTemplates } = await agent.client.listResourceTemplates()
  expect(resourceTemplates).toMatchObject([{ uriTemplate: 'ptrack://logs/{name}' }])
  const read = async (uri: string) => (await agent.client.readResource({ uri })).contents[0] as { text: string }
  expect(JSON.parse((await read('ptrack://processes')).text)).toMatchObject({ ok: true, processes: expect.any(Array) })
  const { text } = await read('ptrack://logs/chatty')
  expect(text.split('\n')).toHaveLength(200)
  expect(text.endsWith('line 9999\nline 10000')).toBe(true)
  await expect(read('ptrack://logs/nobody')).rejects.toThrow(/cannot find/)
  await expect(read('file:///etc/passwd')).rejects.toThrow(/there is no resource/)
})
