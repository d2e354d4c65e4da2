import { beforeEach, expect, test } from 'vitest'
import { type Access, type Asked, isRefusal, ownerAccess, type Peer, type Refusal, tokenAccess } from '../../src/api/access.ts'
import { FakeClock } from '../supervisor/support/supervisor.ts'

const GOOD = `ptk_${'g'.repeat(43)}`
const peer: Peer = { user: 'ci', role: 'viewer', token: 'ci', process: null, expiresAtMs: null }

let clock: FakeClock
let bad: number
let tcp: Access
let socket: Access
beforeEach(() => {
  clock = new FakeClock()
  bad = 0
  const options = {
    bearers: { peerOf: (value: string) => (value === GOOD ? peer : null), watch: () => () => {} },
    clock,
    onBadToken: () => void bad++,
  }
  tcp = tokenAccess({ ...options, hosts: () => ['localhost:7077', '127.0.0.1:7077', '[::1]:7077'] })
  socket = ownerAccess('me', options)
})

const host = '127.0.0.1:7077'
const authorization = `Bearer ${GOOD}`
const get = (headers: Asked['headers'], more: Partial<Asked> = {}): Asked => ({
  headers: { host, ...headers },
  url: '/api/processes',
  method: 'GET',
  ...more,
})

/** At once: a peer or a refusal; `later` when the answer is held back. */
const outcome = (admission: ReturnType<Access['admit']>): string => {
  if (admission instanceof Promise) return 'later'
  return isRefusal(admission) ? String(admission.status) : admission.user
}

test.each<[string, Asked, string]>([
  ['a token', get({ authorization }), 'ci'],
  ['the scheme in other letters', get({ authorization: `bearer ${GOOD}` }), 'ci'],
  ['our own page', get({ authorization, origin: 'http://127.0.0.1:7077' }), 'ci'],
  ['localhost', get({ authorization, host: 'LocalHost:7077', origin: 'http://localhost:7077' }), 'ci'],
  ['IPv6', get({ authorization, host: '[::1]:7077' }), 'ci'],
  ['the cookie', get({ cookie: `a=b; ptrack_7077=${GOOD}` }), 'ci'],
  [
    'the cookie of our page that acts',
    get({ cookie: `ptrack_7077=${GOOD}`, origin: `http://${host}` }, { method: 'POST' }),
    'ci',
  ],
  [
    'a link to our page',
    get({ cookie: `ptrack_7077=${GOOD}`, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }),
    'ci',
  ],
  ['no token', get({}), '401'],
  ['an empty cookie', get({ cookie: '' }), '401'],
  ['another cookie', get({ cookie: `xptrack_7077=${GOOD}; ptrack_7078=${GOOD}` }), '401'],
  ['a token in the address', get({}, { url: `/api/processes?token=${GOOD}` }), '401'],
  ['a foreign name', get({ authorization, host: 'evil.example:7077' }), '403'],
  ['our address as part of a foreign name', get({ authorization, host: '127.0.0.1:7077.evil.example' }), '403'],
  ['another port', get({ authorization, host: '127.0.0.1:7078' }), '403'],
  ['no port', get({ authorization, host: '127.0.0.1' }), '403'],
  ['no Host', { headers: { authorization }, url: '/', method: 'GET' }, '403'],
  ['a foreign Origin', get({ authorization, origin: 'http://evil.example' }), '403'],
  ['a foreign Origin on our port', get({ authorization, origin: 'http://localhost:3000' }), '403'],
  ['another of our names as Origin', get({ authorization, origin: 'http://localhost:7077' }), '403'],
  ['https', get({ authorization, origin: 'https://127.0.0.1:7077' }), '403'],
  ['a page without an origin', get({ authorization, origin: 'null' }), '403'],
  [
    'an image of another page',
    get({ cookie: `ptrack_7077=${GOOD}`, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }),
    '403',
  ],
  [
    'an image of another local page',
    get({ cookie: `ptrack_7077=${GOOD}`, 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors' }),
    '403',
  ],
  ['a cookie that acts without an Origin', get({ cookie: `ptrack_7077=${GOOD}` }, { method: 'POST' }), '403'],
  ['an upgrade with a cookie and no Origin', get({ cookie: `ptrack_7077=${GOOD}`, upgrade: 'websocket' }), '403'],
  ['an upgrade with a token and no Origin', get({ authorization, upgrade: 'websocket' }), 'ci'],
  [
    'an upgrade of a foreign page',
    get({ cookie: `ptrack_7077=${GOOD}`, upgrade: 'websocket', origin: 'http://evil.example' }),
    '403',
  ],
  ['a wrong token', get({ authorization: `Bearer ${GOOD}x` }), 'later'],
  ['a truncated token', get({ authorization: `Bearer ${GOOD.slice(0, -1)}` }), 'later'],
  ['an endless token', get({ authorization: `Bearer ${'x'.repeat(8000)}` }), 'later'],
  ['no value', get({ authorization: 'Bearer ' }), 'later'],
  ['another scheme', get({ authorization: `Basic ${GOOD}` }), 'later'],
  ['two values', get({ authorization: `Bearer ${GOOD} ${GOOD}` }), 'later'],
  ['a wrong cookie', get({ cookie: 'ptrack_7077=no' }), 'later'],
])('over TCP: %s', (_, asked, expected) => {
  expect(outcome(tcp.admit(asked))).toBe(expected)
})

test('a foreign page is refused before its token is looked at', () => {
  tcp.admit(get({ authorization: 'Bearer wrong', origin: 'http://evil.example' }))
  expect(bad).toBe(0)
})

test('a wrong token is answered after one second, each for itself, and told', async () => {
  let refusal: Peer | Refusal | null = null
  void Promise.resolve(tcp.admit(get({ authorization: 'Bearer wrong' }))).then((told) => {
    refusal = told
  })
  expect(bad).toBe(1)
  await clock.advance(999)
  expect(refusal).toBeNull()
  await clock.advance(1)
  await new Promise((resolve) => setImmediate(resolve))
  expect(refusal).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Bearer realm="ptrack"' } })
})

test('who comes without a token is told how to get one', () => {
  const refusal = tcp.admit(get({})) as Refusal
  expect(refusal.reason).toContain('ptrack token create')
  expect((tcp.admit(get({}, { url: '/x?token=secret123' })) as Refusal).reason).toMatch(/address is not accepted/)
  expect((tcp.admit(get({}, { url: '/x?token=secret123' })) as Refusal).reason).not.toContain('secret123')
})

test('over the socket its owner is an admin; with a token he is what the token is; a page is nobody', () => {
  expect(socket.admit({ headers: { host: 'evil.example' } })).toMatchObject({ user: 'me', role: 'admin', token: null })
  expect(socket.peer()).toMatchObject({ user: 'me', role: 'admin' })
  expect(socket.admit({ headers: { authorization } })).toEqual(peer)
  expect(socket.bearer(GOOD)).toEqual(peer)
  expect(outcome(socket.bearer('wrong'))).toBe('later')
  expect(outcome(socket.admit({ headers: { authorization: 'Bearer wrong' } }))).toBe('later')
  expect(outcome(socket.admit({ headers: { authorization: 'nonsense' } }))).toBe('later')
  expect(outcome(socket.admit({ headers: { origin: 'http://localhost' } }))).toBe('403')
})

test('nobody is known over TCP before he shows a token', () => {
  expect(() => tcp.peer()).toThrow()
})
