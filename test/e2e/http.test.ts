/** The HTTP interface of a real daemon, as its users use it: curl, Python's standard library, a made client, a browser. */
import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { Validator } from '@seriousme/openapi-schema-validator'
import { generateSource } from 'oazapfts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { Created, ProcessPage } from '../../src/api/http/replies.ts'
import { PROTOCOL_VERSION } from '../../src/protocol/version.ts'
import type { ProcessDetail } from '../../src/protocol/view.ts'
import { launchBrowser, live } from '../support/browser.ts'
import { root } from '../support/bundle.ts'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { environOf } from '../support/proc.ts'
import { testNeeding } from '../support/requires.ts'

const run = promisify(execFile)

let t: TestHome
let base: string
const tokens: Record<string, string> = {}
beforeAll(async () => {
  t = await testHome({ env: { PTRACK_HTTP: '0' } })
  await t.here.ok(['daemon', 'start'])
  const { http } = t.daemon()!.file as { http: { host: string; port: number } }
  expect(http.host).toBe('127.0.0.1')
  base = `http://127.0.0.1:${http.port}`
  for (const [name, args] of Object.entries({
    admin: ['--role', 'admin'],
    ann: ['--role', 'operator', '--owner', 'ann'],
    sam: ['--role', 'operator', '--owner', 'sam'],
    viewer: ['--role', 'viewer', '--owner', 'ann'],
    gone: ['--role', 'admin'],
  }))
    tokens[name] = (await t.here.json<{ token: string }>(['token', 'create', name, ...args])).token
})
afterAll(async () => {
  expect(await t.close()).toEqual([])
})

interface Got<T> {
  status: number
  headers: Headers
  body: T
}

async function call<T = Record<string, unknown>>(
  method: string,
  path: string,
  options: { body?: unknown; token?: string; headers?: Record<string, string> } = {},
): Promise<Got<T>> {
  const { body, token = 'admin', headers = {} } = options
  const response = await fetch(base + path, {
    method,
    headers: {
      authorization: `Bearer ${tokens[token] ?? token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: (text === '' ? null : JSON.parse(text)) as T }
}

const sleeper = (name: string, more: object = {}) => ({ definition: { name, command: ['sleep', '10000'], cwd: t.dir, ...more } })

test('a process from its making to its end', async () => {
  const made = await call<Created>('POST', '/api/processes', { body: sleeper('web', { type: 'site', title: 'The Site' }) })
  expect(made.status).toBe(201)
  const address = made.headers.get('location')!
  expect(address).toMatch(/^\/api\/processes\/[0-9a-f]+$/)
  expect((await call('POST', '/api/processes', { body: sleeper('web') })).status).toBe(409)
  const detail = await call<ProcessDetail>('GET', '/api/processes/web')
  expect(detail.body).toMatchObject({ name: 'web', status: 'running', owner: expect.any(String), definition: { type: 'site' } })
  expect((await call<ProcessPage>('GET', '/api/processes?type=site&text=site&status=running')).body).toMatchObject({
    total: 1,
    cursor: null,
  })
  expect((await call<ProcessPage>('GET', '/api/processes?type=other')).body.total).toBe(0)
  for (const [verb, status] of [
    ['pause', 'paused'],
    ['resume', 'running'],
    ['restart', 'running'],
    ['stop', 'stopped'],
    ['start', 'running'],
  ] as const) {
    const done = await call<{ results: { view: { status: string } }[] }>('POST', `${address}/${verb}`)
    expect([verb, done.status, done.body.results[0]?.view.status]).toEqual([verb, 200, status])
  }
  expect((await call('POST', `${address}/signal`, { body: { signal: 'SIGWINCH' } })).status).toBe(200)
  expect((await call('PATCH', address, { body: { changes: { title: 'Other' } } })).status).toBe(200)
  expect((await call<ProcessDetail>('GET', address)).body.title).toBe('Other')
  expect((await call<{ runs: unknown[] }>('GET', `${address}/runs`)).body.runs.length).toBeGreaterThan(1)
  expect((await call<{ type: string }[]>('GET', '/api/processes/types')).body).toContainEqual(
    expect.objectContaining({ type: 'site', live: 1 }),
  )
  expect((await call<object[]>('GET', '/api/processes/statuses')).body).toContainEqual({
    status: 'running',
    kinds: ['service'],
    count: 1,
  })
  for (const path of ['/api/orphans', '/api/health', '/api/ready', '/api/stats', '/api/history', '/api/limits'])
    expect([path, (await call('GET', path)).status]).toEqual([path, 200])
  expect((await call('DELETE', '/api/orphans')).status).toBe(400)
  expect((await call('DELETE', '/api/orphans?all=true&dryRun=true')).status).toBe(200)
  expect((await call('DELETE', address)).status).toBe(200)
  expect((await call('GET', address)).status).toBe(404)
})

test('logs and results: the last lines, the whole by its link, rows by index', async () => {
  const script =
    'for i in $(seq 1 150); do echo line $i; done; for i in 1 2 3; do echo "::ptrack {\\"result\\":{\\"n\\":$i}}"; done'
  await t.here.ok(['run', '--name', 'talk', '--', 'sh', '-c', script.replaceAll('\\\\', '\\')])
  type Logs = { lines: { text: string }[]; links: { whole: string; next: string } }
  const last = await call<Logs>('GET', '/api/processes/talk/logs')
  expect(last.body.lines).toHaveLength(100)
  const whole = await call<Logs>('GET', last.body.links.whole)
  expect(whole.body.lines.length).toBeGreaterThanOrEqual(150)
  expect(whole.body.lines[0]!.text).toBe('line 1')
  expect((await call<Logs>('GET', last.body.links.next)).body.lines).toEqual([])
  const results = await call<{ rows: { row: unknown }[]; total: number }>('GET', '/api/processes/talk/results?from=2')
  expect(results.body).toMatchObject({ total: 3, rows: [{ row: { n: 2 } }, { row: { n: 3 } }] })
})

test('roles: what belongs to others is neither told nor touched, and a token that was revoked opens nothing', async () => {
  expect((await call('POST', '/api/processes', { body: sleeper('annas'), token: 'ann' })).status).toBe(201)
  expect((await call('POST', '/api/processes/annas/stop', { token: 'sam' })).status).toBe(403)
  expect((await call('GET', '/api/processes/annas/logs', { token: 'sam' })).status).toBe(403)
  expect((await call<ProcessPage>('GET', '/api/processes', { token: 'sam' })).body.processes).toEqual([])
  expect((await call('POST', '/api/processes/annas/stop', { token: 'viewer' })).status).toBe(403)
  expect((await call<ProcessPage>('GET', '/api/processes', { token: 'viewer' })).body.processes).toMatchObject([
    { name: 'annas' },
  ])
  expect((await call('GET', '/metrics', { token: 'ann' })).status).toBe(403)
  expect((await call('GET', '/api/health', { token: 'gone' })).status).toBe(200)
  await t.here.ok(['token', 'revoke', 'gone'])
  expect((await call('GET', '/api/health', { token: 'gone' })).status).toBe(401)
  expect((await call('POST', '/api/processes/annas/stop', { token: 'ann' })).status).toBe(200)
})

test('a limit of an owner holds by HTTP: over it a job queues with its position, and a slot is freed by its end', async () => {
  await t.here.ok(['limits', 'set', '--owner', 'sam', '1'])
  const jobOf = (name: string) => ({ definition: { name, kind: 'job', command: ['sleep', '1000'], cwd: '/' }, noWait: true })
  for (const name of ['sam-1', 'sam-2'])
    expect((await call('POST', '/api/processes', { body: jobOf(name), token: 'sam' })).status).toBe(201)
  const one = async (name: string) => (await call<ProcessDetail>('GET', `/api/processes/${name}`, { token: 'sam' })).body
  await t.until(async () => (await one('sam-1')).status === 'running', 'the first one runs')
  expect(await one('sam-2')).toMatchObject({ status: 'pending', queuePosition: 1, owner: 'sam' })
  // Nobody takes another's slots by saying that he is the other.
  const foreign = await call('POST', '/api/processes', { body: { ...jobOf('ann-1'), owner: 'sam' }, token: 'ann' })
  expect([foreign.status, foreign.body.code]).toEqual([403, 'DENIED'])
  expect((await call('POST', '/api/processes/sam-1/cancel', { token: 'sam' })).status).toBe(200)
  await t.until(async () => (await one('sam-2')).status === 'running', 'the second one has the slot')
  for (const name of ['sam-1', 'sam-2']) await call('DELETE', `/api/processes/${name}`, { token: 'sam' })
})

test('a program that was started elsewhere registers, tells and ends', async () => {
  const body = { definition: { name: 'far', kind: 'external' }, leaseMs: 60_000 }
  const made = await call<{ id: string }>('POST', '/api/processes', { body })
  expect(made.status).toBe(201)
  const address = `/api/processes/${made.body.id}`
  expect((await call('PATCH', address, { body: { update: { progress: 40, message: 'on it' } } })).body).toEqual({ wanted: 'go' })
  expect((await call<ProcessDetail>('GET', address)).body).toMatchObject({
    kind: 'external',
    progress: { percent: 40, message: 'on it' },
  })
  expect((await call('PATCH', address, { body: { end: { outcome: 'done' } } })).status).toBe(200)
  expect((await call<ProcessDetail>('GET', address)).body.status).toBe('done')
})

testNeeding('curl', 'python3')('curl and python3, by TCP and on the socket', async () => {
  const socket = join(t.home, 'daemon.sock')
  const curl = async (...args: string[]) => (await run('curl', ['-sS', '--fail-with-body', '--max-time', '20', ...args])).stdout
  expect(JSON.parse(await curl('--unix-socket', socket, 'http://localhost/api/health'))).toMatchObject({ status: 'ok' })
  expect(JSON.parse(await curl('-H', `Authorization: Bearer ${tokens.admin}`, `${base}/api/health`))).toMatchObject({
    status: 'ok',
  })
  const posted = await curl(
    '--unix-socket',
    socket,
    '--json',
    JSON.stringify(sleeper('curled')),
    'http://localhost/api/processes',
  )
  expect(JSON.parse(posted)).toMatchObject({ results: [{ ok: true }] })
  const script = `
import http.client, json, socket, sys, urllib.request
class Unix(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(sys.argv[1])
c = Unix("localhost", timeout=20)
c.request("POST", "/api/processes/curled/stop", "{}", {"Content-Type": "application/json"})
one = json.load(c.getresponse())["results"][0]["view"]["status"]
r = urllib.request.Request(sys.argv[2] + "/api/processes/curled", headers={"Authorization": "Bearer " + sys.argv[3]})
print(one, json.load(urllib.request.urlopen(r, timeout=20))["status"])
`
  expect((await run('python3', ['-c', script, socket, base, tokens.admin!])).stdout.trim()).toBe('stopped stopped')
})

test('the ws client speaks the protocol by TCP', async () => {
  const ws = new WebSocket(`${base.replace('http', 'ws')}/ws`, { headers: { authorization: `Bearer ${tokens.admin}` } })
  const replies: Record<number, unknown> = {}
  ws.on('message', (data) => {
    const frame = JSON.parse(String(data))
    replies[frame.id] = frame.result ?? frame.error
  })
  await new Promise((resolve, reject) => ws.on('open', resolve).on('error', reject))
  const say = (id: number, method: string, params: object) => ws.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }))
  say(1, 'hello', { version: '1', protocol: PROTOCOL_VERSION })
  say(2, 'list', {})
  await t.until(() => replies[2], 'a list')
  expect(replies[1]).toMatchObject({ protocol: PROTOCOL_VERSION })
  expect(replies[2]).toBeInstanceOf(Array)
  ws.terminate()
})

test('the document is OpenAPI, and a client made of it compiles and runs', async () => {
  const { body: document } = await call('GET', '/api/openapi.json')
  const { valid, errors } = await new Validator().validate(structuredClone(document))
  expect(errors).toBeFalsy()
  expect(valid).toBe(true)
  const dir = join(t.dir, 'client')
  mkdirSync(dir)
  writeFileSync(join(dir, 'openapi.json'), JSON.stringify(document))
  writeFileSync(join(dir, 'client.ts'), await generateSource(join(dir, 'openapi.json')))
  const use = `
import * as api from './client.ts'
api.defaults.baseUrl = process.env.BASE!
api.defaults.headers = { authorization: 'Bearer ' + process.env.TOKEN }
async function main(): Promise<void> {
  const health = await api.getHealth()
  if (health.status !== 200) throw new Error('health')
  const made = await api.createProcess({ definition: { name: 'made', command: ['sleep', '10000'], cwd: '/' } })
  const page = await api.listProcesses({ $type: 'service', text: 'made', status: ['running'] } as never)
  const stopped = await api.stopProcess('made', { noWait: false })
  console.log(JSON.stringify([health.data.status, made.status, page.status, stopped.status]))
}
main().catch((error: unknown) => { console.error(error); process.exit(1) })
`
  writeFileSync(join(dir, 'use.ts'), use)
  const library = dirname(createRequire(import.meta.url).resolve('@oazapfts/runtime'))
  const config = JSON.stringify({
    compilerOptions: {
      target: 'es2022',
      lib: ['es2022', 'dom', 'dom.iterable'],
      module: 'preserve',
      moduleResolution: 'bundler',
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      allowImportingTsExtensions: true,
      types: ['node'],
      typeRoots: [join(root, 'node_modules/@types')],
      paths: {
        '@oazapfts/runtime': [library],
        '@oazapfts/runtime/*': [join(library, '*')],
      },
    },
    include: ['*.ts'],
  })
  writeFileSync(join(dir, 'tsconfig.json'), config)
  const compiled = await run('npx', ['--no-install', 'tsc', '-p', dir], { cwd: root }).catch(
    (error) => error as { stdout: string },
  )
  expect(compiled.stdout).toBe('')
  const bundle = join(dir, 'use.cjs')
  await run(join(root, 'node_modules/.bin/esbuild'), [
    join(dir, 'use.ts'),
    '--bundle',
    '--platform=node',
    '--format=cjs',
    `--outfile=${bundle}`,
    '--log-level=warning',
    `--alias:@oazapfts/runtime=${library}`,
  ])
  const { stdout } = await run(process.execPath, [bundle], { env: { ...process.env, BASE: base, TOKEN: tokens.admin } })
  expect(JSON.parse(stdout)).toEqual(['ok', 201, 200, 200])
})

live('a browser: its own page reads and listens, a foreign page does neither', async () => {
  const foreign = createServer((_request, response) =>
    response.setHeader('content-type', 'text/html').end('<title>foreign</title>'),
  )
  await new Promise<void>((resolve) => foreign.listen(0, '127.0.0.1', resolve))
  const address = foreign.address() as { port: number }
  await call('POST', '/api/processes', { body: sleeper('shown') })
  const browser = await launchBrowser()
  try {
    // What stands in for a page of ours is JSON, whose policy forbids it to connect anywhere.
    const context = await browser.newContext({ bypassCSP: true })
    await context.addCookies([
      { name: `ptrack_${new URL(base).port}`, value: tokens.admin!, url: base, httpOnly: true, sameSite: 'Strict' },
    ])
    const own = await context.newPage()
    await own.goto(`${base}/api/health`)
    const inOwn = await own.evaluate(
      async (wsBase) => {
        const page = globalThis as unknown as {
          fetch: typeof fetch
          EventSource: new (
            url: string,
          ) => { addEventListener(name: string, listener: () => void): void; onerror: () => void; close(): void }
          WebSocket: new (url: string) => { onmessage: () => void; onclose: () => void; close(): void }
        }
        const stream = (): Promise<string> =>
          new Promise((resolve) => {
            const source = new page.EventSource('/api/events')
            const end = (word: string) => () => {
              source.close()
              resolve(word)
            }
            source.addEventListener('connected', end('connected'))
            source.onerror = end('error')
          })
        const socket = (): Promise<string> =>
          new Promise((resolve) => {
            const ws = new page.WebSocket(`${wsBase}/ws/processes`)
            ws.onmessage = () => resolve('message')
            ws.onclose = () => resolve('closed')
          })
        const acted = await page.fetch('/api/processes/web-none/stop', { method: 'POST' })
        return [(await page.fetch('/api/processes')).status, acted.status, await stream(), await socket()]
      },
      base.replace('http', 'ws'),
    )
    expect(inOwn).toEqual([200, 404, 'connected', 'message'])
    const other = await context.newPage()
    await other.goto(`http://127.0.0.1:${address.port}/`)
    const inForeign = await other.evaluate(async (target) => {
      const page = globalThis as unknown as {
        fetch: typeof fetch
        EventSource: new (
          url: string,
          options: object,
        ) => { addEventListener(name: string, listener: () => void): void; onerror: () => void; close(): void }
        WebSocket: new (url: string) => { onopen: () => void; onerror: () => void }
      }
      const read = await page.fetch(`${target}/api/processes`, { credentials: 'include' }).then(
        () => 'read',
        () => 'refused',
      )
      const post = await page
        .fetch(`${target}/api/processes/web/stop`, { method: 'POST', mode: 'no-cors', credentials: 'include', body: 'x' })
        .then(
          (response) => response.type,
          () => 'refused',
        )
      const stream = await new Promise((resolve) => {
        const source = new page.EventSource(`${target}/api/events`, { withCredentials: true })
        const end = (word: string) => () => {
          source.close()
          resolve(word)
        }
        source.addEventListener('connected', end('connected'))
        source.onerror = end('refused')
      })
      const socket = await new Promise((resolve) => {
        const ws = new page.WebSocket(`${target.replace('http', 'ws')}/ws`)
        ws.onopen = () => resolve('open')
        ws.onerror = () => resolve('refused')
      })
      return { read, post, stream, socket }
    }, base)
    expect(inForeign).toMatchObject({ read: 'refused', stream: 'refused', socket: 'refused' })
    expect(['opaque', 'refused']).toContain(inForeign.post)
  } finally {
    await browser.close()
    await new Promise((resolve) => foreign.close(resolve))
  }
})

test('no token stands in any log of the daemon', async () => {
  await call('GET', `/api/health?token=${tokens.admin}`)
  for (const file of ['daemon.log', 'daemon.json', 'process-state.json', 'tokens.json', 'access.log']) {
    let content = ''
    try {
      content = readFileSync(join(t.home, file), 'utf8')
    } catch {
      continue
    }
    for (const token of Object.values(tokens)) expect(content.includes(token), file).toBe(false)
  }
})

test("a run's own token, by TCP: it reports on itself, and on nothing else, until the run ends", async () => {
  await t.here.ok(['run', '-d', '--name', 'reporter', '--', program('waits.sh')])
  await t.here.ok(['run', '-d', '--name', 'neighbour', '--', program('waits.sh')])
  const { pid } = await t.until(async () => {
    const view = await t.ls('reporter')
    return view?.pid ? { pid: view.pid } : false
  }, 'its program runs')
  const own = environOf(pid).PTRACK_TOKEN!
  const update = { update: { progress: 40, message: 'by itself' } }
  expect(await call('PATCH', '/api/processes/reporter', { token: own, body: update })).toMatchObject({ status: 200 })
  expect(await t.ls('reporter')).toMatchObject({ progress: { percent: 40, message: 'by itself' } })
  expect(await call('PATCH', '/api/processes/neighbour', { token: own, body: update })).toMatchObject({ status: 403 })
  expect(await call('POST', '/api/processes/reporter/stop', { token: own, body: {} })).toMatchObject({ status: 403 })
  expect(await call('GET', '/api/processes', { token: own })).toMatchObject({ status: 403 })
  expect(await t.ls('neighbour')).toMatchObject({ status: 'running', progress: null })
  await t.here.ok(['cancel', 'reporter'])
  expect(await call('PATCH', '/api/processes/reporter', { token: own, body: update })).toMatchObject({ status: 401 })
  await t.here.ok(['cancel', 'neighbour'])
})
