/** `ptrack web`: from the socket of the owner into a browser's cookie, through a real daemon. */
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import type { TokenView } from '../../src/protocol/token-requests.ts'
import { send } from '../api/support/http.ts'
import { type TestHome, testHome } from '../support/daemon.ts'
import { freePort } from '../support/free-port.ts'

let t: TestHome
afterEach(() => t.close())

const portOf = (url: string): number => Number(new URL(url).port)
const origin = (port: number) => ({ origin: `http://127.0.0.1:${port}` })

async function login(url: string): Promise<{ status: number; cookie: string }> {
  const port = portOf(url)
  const code = new URL(url).hash.replace('#code=', '')
  const answer = await send(port, { method: 'POST', path: '/api/login', headers: origin(port), body: JSON.stringify({ code }) })
  return { status: answer.status, cookie: (answer.headers['set-cookie'] ?? '').split(';')[0]! }
}
const session = async (port: number, cookie: string) => {
  const answer = await send(port, { path: '/api/session', headers: { cookie } })
  return [answer.status, answer.status === 200 ? JSON.parse(answer.body) : null]
}

test('a code works once; the cookie it gives lives on over kill -9 of the daemon, at the same address, until logout', async () => {
  t = await testHome({ env: { PTRACK_HTTP: String(await freePort()) } })
  const url = (await t.ok(['web'])).stdout.trim()
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#code=ptk_[\w-]{43}$/)
  const { status, cookie } = await login(url)
  expect(status).toBe(200)
  expect((await login(url)).status).toBe(401)
  const port = portOf(url)
  const me = await t.here.json<{ user: string }[]>(['token', 'ls'])
  expect(me).toHaveLength(1)
  expect(await session(port, cookie)).toEqual([200, { user: expect.any(String), role: 'admin', version: expect.any(String) }])
  expect(await session(port, '')).toEqual([401, null])

  await t.killDaemon()
  await t.here.ok(['ls'])
  expect(t.daemon()!.file.http).toEqual({ host: '127.0.0.1', port })
  expect((await session(port, cookie))[0]).toBe(200)
  const bye = await send(port, { method: 'POST', path: '/api/logout', headers: { ...origin(port), cookie } })
  expect(bye.status).toBe(204)
  expect(await session(port, cookie)).toEqual([401, null])
  expect(await t.here.json<TokenView[]>(['token', 'ls'])).toEqual([])
  expect(readFileSync(join(t.home, 'access.log'), 'utf8')).not.toContain('ptk_')
})

test('roles, JSON, a browser, and a daemon that does not listen', async () => {
  t = await testHome({ env: { PTRACK_HTTP: '0' } })
  const { url, expiresAt } = await t.json<{ url: string; expiresAt: string }>(['web', '--role', 'viewer', '--owner', 'ann'])
  expect(Date.parse(expiresAt)).toBeGreaterThan(Date.now())
  const { cookie } = await login(url)
  expect((await session(portOf(url), cookie))[1]).toMatchObject({ user: 'ann', role: 'viewer' })
  // Who has only a part of the rights makes no new logins.
  const denied = await t.json<{ error: { code: string } }>(['web'], {
    env: { PTRACK_URL: `http://127.0.0.1:${portOf(url)}`, PTRACK_TOKEN: cookie.split('=')[1]! },
  })
  expect(denied.error.code).toBe('DENIED')

  const seen = join(t.dir, 'seen')
  const browser = join(t.dir, 'browser')
  writeFileSync(browser, `#!/bin/sh\necho "$1" > ${seen}\n`)
  chmodSync(browser, 0o755)
  const opened = await t.ok(['web', '--open'], { env: { BROWSER: browser } })
  expect(readFileSync(seen, 'utf8')).toBe(opened.stdout)
  const none = await t.run(['web', '--open'], { env: { BROWSER: join(t.dir, 'none') } })
  expect([none.code, none.stderr]).toEqual([1, expect.stringMatching(/^ptrack: cannot open a browser: .*none is not there; /)])

  await t.here.ok(['daemon', 'restart', '--http', 'off'])
  const off = await t.run(['web'])
  expect([off.code, off.stderr]).toEqual([
    1,
    expect.stringContaining('cannot open the web page: the daemon does not listen for HTTP; `ptrack daemon restart --http 7077`'),
  ])
  // Off stays off over a crash.
  await t.killDaemon()
  await t.here.ok(['ls'], { env: { PTRACK_HTTP: '' } })
  expect(t.daemon()!.file.http).toBeNull()
})
