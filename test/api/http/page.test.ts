/** The files of the page and its login, over real HTTP, with a directory as the build makes one. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { tokenAccess } from '../../../src/api/access.ts'
import { isOfPage, servePage } from '../../../src/api/http/page.ts'
import { PtrackError } from '../../../src/protocol/errors.ts'
import type { WebLogins } from '../../../src/supervisor/web-logins.ts'
import { peer, send } from '../support/http.ts'

let dir: string
let server: Server
let port: number
let bad: number
const left: (string | null)[] = []
const logins = {
  redeem: async (code: string) => {
    if (code === 'full') throw new PtrackError('STATE_WRITE_FAILED', 'cannot save tokens: no space left on device')
    return code === 'once' ? { value: 'session', peer: peer({ token: 'web-1', expiresAtMs: Date.now() + 60_000 }) } : null
  },
  leave: async ({ token }: { token: string | null }) => void left.push(token),
} as unknown as WebLogins

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'ptrack-page-'))
  mkdirSync(join(dir, 'assets'))
  writeFileSync(join(dir, 'index.html'), '<!doctype html><title>ptrack</title>')
  writeFileSync(join(dir, 'secret.txt'), 'secret')
  writeFileSync(join(dir, 'assets', 'app-1a2b.js.gz'), gzipSync('let a = 1'))
  bad = 0
  left.length = 0
  const access = tokenAccess({
    hosts: () => [`127.0.0.1:${port}`],
    clock: {
      wakeAfter: (_ms, callback) => {
        setImmediate(callback)
        return () => {}
      },
    },
    bearers: {
      peerOf: (value) =>
        ({ session: peer({ token: 'web-1' }), pasted: peer({ role: 'viewer' }), child: peer({ process: 'p1' }) })[value] ?? null,
      watch: () => () => {},
    },
    onBadToken: () => void bad++,
  })
  server = createServer((request, response) => {
    if (isOfPage(request)) void servePage({ dir, logins }, access, request, response)
    else response.writeHead(418).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as { port: number }).port
})
afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  rmSync(dir, { recursive: true })
})

test('the page and its assets come with a strict policy, packed for whoever takes that', async () => {
  const index = await send(port, { path: '/?x=1' })
  expect([index.status, index.body]).toEqual([200, '<!doctype html><title>ptrack</title>'])
  expect(index.headers).toMatchObject({ 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache' })
  const policy = index.headers['content-security-policy']!
  expect(policy).toContain("default-src 'none'; script-src 'self';")
  expect(policy).not.toContain('unsafe')
  const asset = await send(port, { path: '/assets/app-1a2b.js', headers: { 'accept-encoding': 'br, gzip' } })
  expect(asset.headers).toMatchObject({ 'content-encoding': 'gzip', 'content-type': 'text/javascript; charset=utf-8' })
  expect(asset.headers['cache-control']).toContain('immutable')
  const plain = await send(port, { path: '/assets/app-1a2b.js' })
  expect([plain.body, plain.headers['content-encoding']]).toEqual(['let a = 1', undefined])
  const head = await send(port, { method: 'HEAD', path: '/' })
  expect([head.status, head.body, head.headers['content-length']]).toEqual([200, '', '36'])
})

test.each([
  '/secret.txt',
  '/assets/',
  '/assets/..',
  '/assets/../secret.txt',
  '/assets/..%2fsecret.txt',
  '/assets/%2e%2e/secret.txt',
  '/assets//etc/passwd',
  '/assets/app-1a2b.js.gz',
  '/assets/.hidden.js',
  '/assets/a\\..\\secret.txt',
])('%s is no file of the page', async (path) => {
  expect((await send(port, { path })).status).toBe(418)
})

test('an asset of an earlier build is 404, with advice', async () => {
  const answer = await send(port, { path: '/assets/app-0000.js' })
  expect([answer.status, JSON.parse(answer.body).hint]).toEqual([404, expect.stringContaining('reload')])
})

const login = (body: string, headers: Record<string, string> = {}) =>
  send(port, { method: 'POST', path: '/api/login', body, headers: { origin: `http://127.0.0.1:${port}`, ...headers } })

test('a code becomes a cookie that no script reads and no other page sends', async () => {
  const answer = await login('{"code":"once"}')
  expect([answer.status, JSON.parse(answer.body)]).toEqual([200, { user: 'me', role: 'admin' }])
  expect(answer.headers['set-cookie']).toMatch(
    new RegExp(`^ptrack_${port}=session; Path=/; HttpOnly; SameSite=Strict; Max-Age=(59|60)$`),
  )
  expect(bad).toBe(0)
})

test('a token becomes the same, for as long as the browser runs when it has no end', async () => {
  const answer = await login('{"token":"pasted"}')
  expect(JSON.parse(answer.body)).toEqual({ user: 'me', role: 'viewer' })
  expect(answer.headers['set-cookie']).toBe(`ptrack_${port}=pasted; Path=/; HttpOnly; SameSite=Strict`)
})

test.each<[string, string, Record<string, string>, number, number]>([
  ['a used code', '{"code":"twice"}', {}, 401, 1],
  ['a wrong token', '{"token":"no"}', {}, 401, 1],
  ['the token of a run', '{"token":"child"}', {}, 403, 0],
  ['no JSON', 'code=once', {}, 400, 0],
  ['both', '{"code":"once","token":"pasted"}', {}, 400, 0],
  ['neither', '{}', {}, 400, 0],
  ['a list', '[]', {}, 400, 0],
  ['null', 'null', {}, 400, 0],
  ['a code of another type', '{"code":["once"]}', {}, 400, 0],
  ['a line end in the token', '{"token":"pasted\\r\\nx: y"}', {}, 400, 0],
  ['much', `{"code":"${'x'.repeat(5000)}"}`, {}, 400, 0],
  ['a form', '{"code":"once"}', { 'content-type': 'text/plain' }, 400, 0],
  ['a full disk', '{"code":"full"}', {}, 507, 0],
])('a login with %s is refused', async (_what, body, headers, status, counted) => {
  const answer = await login(body, headers)
  expect([answer.status, answer.headers['set-cookie']]).toEqual([status, undefined])
  expect(answer.headers['content-type']).toBe('application/problem+json')
  expect(bad).toBe(counted)
})

test('a login without an Origin is refused, and looking at its address does nothing', async () => {
  const blind = await send(port, { method: 'POST', path: '/api/login', body: '{"code":"once"}' })
  expect(blind.status).toBe(403)
  expect((await send(port, { path: '/api/login' })).status).toBe(418)
})

test('a logout ends the session and takes the cookie away', async () => {
  const answer = await send(port, {
    method: 'POST',
    path: '/api/logout',
    headers: { origin: `http://127.0.0.1:${port}`, cookie: `ptrack_${port}=session` },
  })
  expect([answer.status, left]).toEqual([204, ['web-1']])
  expect(answer.headers['set-cookie']).toContain(`ptrack_${port}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0`)
})
