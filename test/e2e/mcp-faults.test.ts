/** mcp: a client that sends garbage, cancels or stops reading, and a daemon that dies. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cliFile } from '../support/bundle.ts'
import { type TestHome, testHome } from '../support/daemon.ts'
import { agentOf } from '../support/mcp.ts'

let t: TestHome
beforeAll(async () => {
  t = await testHome()
  mkdirSync(join(t.dir, 'shop'), { recursive: true })
})
afterAll(async () => {
  await t?.close()
})

interface Message {
  id?: unknown
  result?: { content?: { text: string }[]; protocolVersion?: string }
  error?: { code: number; message: string }
}

/** Below the SDK: lines as they are. */
function raw() {
  const child: ChildProcessWithoutNullStreams = spawn(process.execPath, [cliFile, 'mcp'], {
    cwd: join(t.dir, 'shop'),
    env: t.env,
  })
  t.alsoEnd(child.pid!)
  let text = ''
  let lines = 0
  let errors = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
    lines += chunk.split('\n').length - 1
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    errors += chunk
  })
  // Nothing but the protocol is on stdout: each line is read.
  const messages = (): Message[] =>
    text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Message)
  let next = 0
  return {
    child,
    messages,
    lines: () => lines,
    errors: () => errors,
    write: (line: string) => void child.stdin.write(`${line}\n`),
    answered: (id: unknown): Promise<Message> =>
      t.until(() => messages().find((each) => !Array.isArray(each) && each.id === id), `request ${id} is answered`),
    ask(method: string, params: object = {}): number {
      child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: ++next, method, params })}\n`)
      return next
    },
    ended: new Promise<number | null>((resolve) => child.once('close', resolve)),
  }
}

const call = (name: string, given: object = {}) => ({ name, arguments: given })
const answerOf = ({ result }: Message) => JSON.parse(result!.content![0]!.text)

test('whatever a line is, the next one is read', async () => {
  const server = raw()
  const bad: [string, unknown, number][] = [
    ['no json', null, -32700],
    ['{"jsonrpc":"2.0","id":"a"}', 'a', -32600],
    ['{"id":"b","method":"ping"}', 'b', -32600],
    ['{"jsonrpc":"2.0","id":{},"method":"ping"}', null, -32600],
    ['{"jsonrpc":"2.0","id":"c","method":"ping","params":[1]}', 'c', -32602],
    ['{"jsonrpc":"2.0","id":"d","method":"no/such"}', 'd', -32601],
    ['{"jsonrpc":"2.0","id":"e","method":"tools/call","params":{"name":"list","arguments":[]}}', 'e', 0],
    ['{"jsonrpc":"2.0","id":"f","method":"tools/call"}', 'f', -32602],
    ['{"jsonrpc":"2.0","id":"g","method":"resources/read","params":{"uri":1}}', 'g', -32602],
    ['[]', null, -32600],
    ['"text"', null, -32600],
    ['{"jsonrpc":"2.0","method":"notifications/whatever","params":{"a":1}}', undefined, 0],
    ['{"jsonrpc":"2.0","id":5,"result":{}}', undefined, 0],
    ['{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"unknown"}}', undefined, 0],
    ['\u0000\u0001\u00ff{{{', null, -32700],
    ['', undefined, 0],
  ]
  for (const [line] of bad) server.write(line)
  server.child.stdin.write(Buffer.alloc(5 * 1024 * 1024, 'x'))
  server.write('')
  const id = server.ask('ping')
  expect(await server.answered(id)).toEqual({ jsonrpc: '2.0', id, result: {} })
  const wanted = [...bad.filter(([, each]) => each !== undefined).map(([, each, code]) => [each, code]), [null, -32600]]
  await t.until(() => server.messages().length === wanted.length + 1, 'all are answered')
  const got = server.messages().filter((each) => each.id !== id)
  expect(got.map((each) => [each.id, each.error?.code ?? 0]).toSorted()).toEqual(wanted.toSorted())
  expect(answerOf(got.find((each) => each.id === 'e')!).error).toMatchObject({
    code: 'BAD_REQUEST',
    message: 'cannot list: the arguments must be an object',
  })

  server.write(
    '[{"jsonrpc":"2.0","id":"x","method":"ping"},{"jsonrpc":"2.0","method":"notifications/initialized"},{"jsonrpc":"2.0","id":"y","method":"no/such"}]',
  )
  const batch = await t.until(() => server.messages().find((each) => Array.isArray(each)), 'the batch is answered')
  expect(batch).toMatchObject([
    { id: 'x', result: {} },
    { id: 'y', error: { code: -32601 } },
  ])
  for (const [asked, answered] of [
    ['2024-11-05', '2024-11-05'],
    ['2025-06-18', '2025-06-18'],
    ['1999-01-01', '2025-11-25'],
  ]) {
    const init = server.ask('initialize', { protocolVersion: asked, capabilities: {}, clientInfo: { name: 'x', version: '1' } })
    expect((await server.answered(init)).result!.protocolVersion).toBe(answered)
  }
  server.child.stdin.end()
  expect(await server.ended).toBe(0)
  expect(server.errors()).toBe('')
})

test('a cancelled request is not answered, and one at work when the input ends holds nothing up', async () => {
  const server = raw()
  const started = server.ask('tools/call', call('start', { name: 'web', command: ['sleep', '1000'], health: 'none', keep: true }))
  expect(answerOf(await server.answered(started))).toMatchObject({ ok: true, name: 'web' })
  const waits = server.ask('tools/call', call('wait', { name: 'web', timeout: 600 }))
  const clients = async (): Promise<number> => (await t.request('daemon.status', {})).clients
  // That of the question itself, and that of the wait.
  await t.until(async () => (await clients()) === 2, 'it waits')
  server.write(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: waits } }))
  await t.until(async () => (await clients()) === 1, 'the daemon is not asked any more')
  const last = server.ask('ping')
  await server.answered(last)
  expect(server.messages().some((each) => each.id === waits)).toBe(false)

  server.ask('tools/call', call('wait', { name: 'web', timeout: 600 }))
  await t.until(async () => (await clients()) === 2, 'another waits')
  server.child.stdin.end()
  expect(await server.ended).toBe(0)
})

test('a client that does not read is not read from, and gets all when it does', async () => {
  const server = raw()
  server.child.stdout.pause()
  // More than all buffers between the two hold.
  const pad = 'x'.repeat(5000)
  const line = (n: number) => JSON.stringify({ jsonrpc: '2.0', id: `l${n}`, method: 'tools/list', params: { pad } })
  const lines = Array.from({ length: 600 }, (_, n) => line(n)).join('\n')
  server.child.stdin.write(`${lines}\n`)
  await t.until(() => server.child.stdin.writableLength > 0, 'the input backs up')
  server.child.stdout.resume()
  await t.until(() => server.lines() === 600, 'all are answered')
  expect(server.messages().every(({ error }) => error === undefined)).toBe(true)
  server.child.stdin.end()
  expect(await server.ended).toBe(0)
})

test('a daemon that is killed is found again, or started; a wait goes on with the next', async () => {
  const agent = await agentOf(t)
  const open = join(t.dir, 'open')
  await agent.ok('run', { name: 'gate', command: `while [ ! -e ${open} ]; do sleep 0.1; done`, timeout: 0 })
  const ended = agent.ok('wait', { name: 'gate', timeout: 60 })
  await t.killDaemon()
  expect(await agent.ok('list')).toMatchObject({
    processes: expect.arrayContaining([expect.objectContaining({ name: 'gate', status: 'running' })]),
  })
  mkdirSync(open)
  expect(await ended).toMatchObject({ outcome: 'ended' })

  await t.here.ok(['daemon', 'restart'])
  expect(await agent.ok('start', { name: 'web', command: ['sleep', '1000'], health: 'none' })).toMatchObject({
    note: 'already running',
  })
  await t.here.ok(['daemon', 'stop', '--kill-children'])
  expect(await agent.ok('start', { name: 'fresh', command: ['sleep', '1000'], health: 'none' })).toMatchObject({
    name: 'fresh',
    ready: true,
  })
  await agent.close()
})
