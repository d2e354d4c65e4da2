/** Tokens as a user meets them: made and revoked by the CLI, shown by programs, and the one that each run carries. */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import type { PtrackEvent } from '../../src/protocol/events.ts'
import type { Method } from '../../src/protocol/requests.ts'
import type { TokenView } from '../../src/protocol/token-requests.ts'
import { PROTOCOL_VERSION } from '../../src/protocol/version.ts'
import type { ProcessView } from '../../src/protocol/view.ts'
import { RawClient } from '../api/support/wire.ts'
import { type TestHome, testHome } from '../support/daemon.ts'
import { environOf } from '../support/proc.ts'

let t: TestHome
const clients: RawClient[] = []
afterEach(async () => {
  for (const client of clients.splice(0)) client.end()
  await t.close()
})

/** A connection with the rights of a token. */
class TokenClient extends RawClient {
  private count = 0

  async open(token: string): Promise<string | undefined> {
    this.ask(++this.count, 'hello', { version: '1', protocol: PROTOCOL_VERSION, client: 'test', token })
    return (await this.reply(this.count)).error?.data.code
  }

  async request(method: Method, params: object = {}): Promise<{ result?: unknown; code?: string; message?: string }> {
    const id = ++this.count
    this.ask(id, method, params)
    const { result, error } = await this.reply(id)
    return error === undefined ? { result } : { code: error.data.code, message: error.data.message }
  }
}

async function opened(token: string): Promise<TokenClient> {
  const client = new TokenClient(join(t.home, 'daemon.sock'))
  clients.push(client)
  expect(await client.open(token)).toBeUndefined()
  return client
}

async function refused(token: string): Promise<string | undefined> {
  const client = new TokenClient(join(t.home, 'daemon.sock'))
  clients.push(client)
  return client.open(token)
}

const create = async (...args: string[]): Promise<string> => (await t.here.ok(['token', 'create', ...args])).stdout.trim()
const audits = async (): Promise<(PtrackEvent & { type: 'audit' })[]> => {
  const { stdout } = await t.here.ok(['events', '--type', 'audit', '--json'])
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}
const names = ({ result }: { result?: unknown }): string[] => (result as ProcessView[]).map(({ name }) => name).sort()
const job = (name: string) => ({ definition: { name, kind: 'job', command: ['sleep', '60'], cwd: '/' }, noWait: true })

test('a token is shown once, kept as a hash, listed, and revoked at once, for open connections and the next daemon', async () => {
  t = await testHome()
  const value = await create('ci', '--role', 'operator', '--owner', 'ann', '--expires', '30d')
  expect(value).toMatch(/^ptk_[\w-]{43}$/)
  const asJson = await t.json<TokenView & { token: string }>(['token', 'create', 'eye'])
  expect(asJson).toMatchObject({ name: 'eye', role: 'viewer', expiresAt: null, token: expect.stringMatching(/^ptk_/) })
  expect(await t.json(['token', 'create', 'ci'])).toMatchObject({ error: { code: 'DUPLICATE_NAME' } })
  for (const file of ['tokens.json', 'token-secret']) expect(statSync(join(t.home, file)).mode & 0o777).toBe(0o600)

  const { stdout } = await t.ok(['token', 'ls'])
  expect(stdout).toMatch(/ci\s+operator\s+ann/)
  const kept = readdirSync(t.home, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n')
  for (const secret of [value, asJson.token]) expect(stdout + kept).not.toContain(secret.slice(4))

  const open = await opened(value)
  const gone = open.untilClosed()
  expect((await t.ok(['token', 'revoke', 'ci'])).stdout).toBe('token ci revoked\n')
  await gone
  expect(await refused(value)).toBe('DENIED')
  expect((await audits()).at(-1)).toMatchObject({ method: 'connect', by: 'unknown', token: null, denied: true })
  expect((await t.run(['token', 'revoke', 'ci'])).code).toBe(4)
  await t.killDaemon()
  await t.here.ok(['ls'])
  expect(await refused(value)).toBe('DENIED')
  await opened(asJson.token)
  expect((await t.json<TokenView[]>(['token', 'ls'])).map(({ name }) => name)).toEqual(['eye'])
})

test('an operator has what is its own, a viewer reads it, and who tried more stands in the audit', async () => {
  t = await testHome()
  await t.here.ok(['start', '--name', 'web', '--', 'sleep', '1000'])
  const operator = await opened(await create('ci', '--role', 'operator', '--owner', 'ann'))
  const viewer = await opened(await create('eye', '--owner', 'ann'))
  const stranger = await opened(await create('other', '--owner', 'bob'))
  expect(await operator.request('stop', { targets: ['web'] })).toMatchObject({
    code: 'DENIED',
    message: expect.stringMatching(/^cannot stop web: it belongs to /),
  })
  expect((await operator.request('start', job('work'))).code).toBeUndefined()
  expect((await t.ls('work'))?.owner).toBe('ann')
  for (const peer of [operator, viewer]) expect(names(await peer.request('list', { all: true }))).toEqual(['work'])
  expect(names(await stranger.request('list', { all: true }))).toEqual([])
  expect((await stranger.request('logs.read', { targets: ['work'] })).code).toBe('DENIED')
  expect((await viewer.request('stop', { targets: ['work'] })).code).toBe('DENIED')
  expect((await viewer.request('show', { targets: ['*'] })).result).toMatchObject([{ name: 'work' }])
  expect((await operator.request('limits.set', { global: 1 })).code).toBe('DENIED')
  expect((await operator.request('daemon.stop')).code).toBe('DENIED')
  expect((await operator.request('token.create', { name: 'more', role: 'admin' })).code).toBe('DENIED')

  // Seen by the stranger: nothing of it.
  expect((await stranger.request('subscribe', { since: 0, views: true })).result).toMatchObject({ snapshot: [] })
  expect((await operator.request('stop', { targets: ['all'] })).result).toMatchObject([{ name: 'work', ok: true }])
  expect((await t.ls('web'))?.status).toBe('running')
  await stranger.request('types')
  expect([...stranger.notes('event'), ...stranger.notes('views')]).toEqual([])

  const told = (await audits()).map(({ method, targets, token, denied }) => [method, targets.join(), token, denied ?? false])
  expect(told).toContainEqual(['stop', 'web', 'ci', true])
  expect(told).toContainEqual(['start', 'work', 'ci', false])
  expect(told).toContainEqual(['stop', 'work', 'eye', true])
  expect(told).toContainEqual(['token.create', 'ci', null, false])
  expect((await t.ok(['events', '--type', 'audit'])).stdout).toMatch(/method=stop targets=\["web"\] by=ann token=ci denied=true/)
  expect(JSON.stringify(told)).not.toContain('ptk_')
})

test('no name and no cursor leads into what belongs to others', async () => {
  t = await testHome()
  await t.here.ok(['start', '--name', 'web', '--instances', '2', '--', 'sh', '-c', 'echo secret; exec sleep 1000'])
  const admin = await opened(await create('boss', '--role', 'admin'))
  const operator = await opened(await create('ci', '--role', 'operator', '--owner', 'ann'))
  expect((await operator.request('start', job('work'))).code).toBeUndefined()
  for (const target of ['web:0', 'all']) {
    const { cursor } = (await admin.request('logs.read', { targets: [target] })).result as { cursor: string }
    expect((await operator.request('logs.read', { targets: ['work'], cursor })).code).toBe('DENIED')
    expect((await operator.request('logs.follow', { cursor })).code).toBe('DENIED')
    expect((await admin.request('logs.follow', { cursor })).code).toBeUndefined()
  }
  expect((await operator.request('logs.follow', { cursor: 'e30' })).code).toBe('BAD_REQUEST')
  const own = (await operator.request('logs.read', { targets: ['work'] })).result as { cursor: string }
  expect((await operator.request('logs.follow', { cursor: own.cursor })).code).toBeUndefined()

  // The instances share an environment under this name.
  expect((await operator.request('start', job('web'))).code).toBe('DENIED')
  expect(
    (await operator.request('start', { definition: { ...job('x').definition, instance: { of: 'web', index: 7 } } })).code,
  ).toBe('DENIED')
  expect((await operator.request('scale', { target: 'web', instances: 0 })).code).toBe('DENIED')
  // A name that the next instance would have.
  expect((await operator.request('start', job('web:2'))).code).toBeUndefined()
  expect((await t.run(['scale', 'web', '3'])).stderr).toContain("cannot define 'web:2'")
  expect((await operator.request('types')).result).toMatchObject([{ type: 'job', live: 2 }])
  expect((await operator.request('daemon.status')).code).toBeUndefined()
})

test('a limit of an owner holds for who comes with his token', async () => {
  t = await testHome()
  await t.here.ok(['limits', 'set', '--owner', 'ann', '1'])
  const operator = await opened(await create('ci', '--role', 'operator', '--owner', 'ann'))
  for (const name of ['one', 'two']) expect((await operator.request('start', job(name))).code).toBeUndefined()
  await t.until(async () => (await t.ls('one'))?.status === 'running', 'the first job runs')
  expect((await t.ls('two'))?.status).toBe('pending')
  expect((await operator.request('start', { ...job('three'), owner: 'bob' })).code).toBe('DENIED')
  await t.here.ok(['start', '--name', 'mine', '--', 'sleep', '60'])
})

test('an expired token opens nothing', async () => {
  t = await testHome()
  const value = await create('short', '--expires', '2s')
  const open = await opened(value)
  await open.untilClosed()
  expect(await refused(value)).toBe('DENIED')
  expect((await t.ok(['token', 'ls'])).stdout).toContain('expired')
  await t.ok(['token', 'revoke', 'short'])
})

test('a run carries a token with which it reports on itself, in the next daemon too, and for as long as it lives', async () => {
  t = await testHome()
  // What a caller has in his environment is not handed on.
  const env = { PTRACK_TOKEN: 'ptk_callers', SECRET: 's' }
  for (const name of ['web', 'other']) await t.here.ok(['start', '--name', name, '--', 'sleep', '1000'], { env })
  const view = (await t.ls('web'))!
  const value = environOf(view.pid!).PTRACK_TOKEN!
  expect(value).toMatch(new RegExp(`^ptr_${view.id}\\.[\\w-]{43}$`))
  expect(environOf((await t.ls('other'))!.pid!).PTRACK_TOKEN).not.toBe(value)
  expect(
    readdirSync(join(t.home, 'env'))
      .map((name) => readFileSync(join(t.home, 'env', name), 'utf8'))
      .join(),
  ).not.toContain('PTRACK_TOKEN')
  const revealed = (await t.ok(['env', 'web', '--reveal'])).stdout
  expect(revealed).toContain('SECRET')
  expect(revealed).not.toContain('ptk_callers')
  expect(revealed).not.toContain(value)

  const reports = async (): Promise<TokenClient> => {
    const child = await opened(value)
    expect((await child.request('progress', { who: { target: 'web' }, update: { progress: 40 } })).code).toBeUndefined()
    for (const target of ['other', 'all', '*'])
      expect((await child.request('progress', { who: { target }, update: { progress: 1 } })).code).toBe('DENIED')
    for (const [method, params] of [
      ['stop', { targets: ['web'] }],
      ['list', {}],
      ['subscribe', {}],
      ['env', { targets: ['web'], reveal: true }],
      ['start', job('more')],
      ['token.create', { name: 'x', role: 'admin' }],
    ] as [Method, object][])
      expect((await child.request(method, params)).code).toBe('DENIED')
    return child
  }
  await reports()
  await t.killDaemon()
  await t.here.ok(['ls'])
  expect((await t.ls('web'))?.adopted).toBe(true)
  const child = await reports()
  expect((await t.ls('web'))?.progress?.percent).toBe(40)

  const over = child.untilClosed()
  await t.here.ok(['restart', 'web'])
  await over
  expect(await refused(value)).toBe('DENIED')
  await opened(environOf((await t.ls('web'))!.pid!).PTRACK_TOKEN!)
})

test('a damaged tokens.json is kept, told, and opens nothing', async () => {
  t = await testHome()
  const value = await create('ci')
  await t.killDaemon()
  writeFileSync(join(t.home, 'tokens.json'), readFileSync(join(t.home, 'tokens.json'), 'utf8').slice(0, -4))
  await t.here.ok(['ls'])
  expect(await refused(value)).toBe('DENIED')
  expect(readdirSync(t.home).some((name) => name.startsWith('tokens.json.corrupt-'))).toBe(true)
  expect((await t.here.json<{ notes: string[] }>(['daemon', 'status'])).notes.join()).toMatch(/tokens.json.*no token is accepted/)
  await create('ci')
})

test('the help of an operator says what it is worth', async () => {
  t = await testHome()
  expect((await t.ok(['token', 'create', '--help'])).stdout).toMatch(/runs commands as the user of the daemon/)
})
