import { afterEach, expect, test } from 'vitest'
import type { TokenView } from '../../../src/protocol/token-requests.ts'
import { type FakeDaemon, fakeDaemon } from '../support/fake-daemon.ts'
import { cli } from '../support/run-cli.ts'

let daemon: FakeDaemon | null = null
afterEach(async () => {
  await daemon?.close()
  daemon = null
})

const view = (name: string, more: Partial<TokenView> = {}): TokenView => ({
  name,
  role: 'viewer',
  owner: 'ann',
  createdAt: '2026-01-01T00:00:00.000Z',
  createdBy: 'sam',
  expiresAt: null,
  expired: false,
  ...more,
})

async function told(argv: string[]) {
  await daemon?.close()
  daemon = await fakeDaemon({
    'token.create': ({ name }) => ({ ...view(name), token: 'ptk_value' }),
    'token.ls': () => [view('eye'), view('ci', { role: 'operator', expiresAt: '2026-01-02T00:00:00.000Z', expired: true })],
    'token.revoke': () => ({ ok: true }),
  })
  return cli(argv, { home: daemon.home })
}

test('the value alone is on stdout; what it is, on stderr', async () => {
  const { code, stdout, stderr } = await told(['token', 'create', 'eye'])
  expect(code).toBe(0)
  expect(stdout).toBe('ptk_value\n')
  expect(stderr).toBe('ptrack: token eye: viewer, owner ann, expires never; shown only this once\n')
  expect(daemon!.requests('token.create')).toEqual([{ name: 'eye' }])
})

test('role, owner and life', async () => {
  const argv = ['token', 'create', 'ci', '--role', 'operator', '--owner', 'ann', '--expires', '30d', '--json']
  const { stdout, stderr } = await told(argv)
  expect(JSON.parse(stdout)).toEqual({ ...view('ci'), token: 'ptk_value' })
  expect(stderr).toBe('')
  expect(daemon!.requests('token.create')).toEqual([{ name: 'ci', role: 'operator', owner: 'ann', expiresMs: 30 * 86_400_000 }])
})

test.each([
  [['token', 'create']],
  [['token', 'create', 'a', '--role', 'root']],
  [['token', 'create', 'a', '--expires', 'soon']],
  [['token', 'revoke']],
  [['token', 'make', 'a']],
])('%j is refused', async (argv) => {
  expect((await told(argv)).code).toBe(2)
  expect(daemon!.asked.filter(({ method }) => method.startsWith('token'))).toEqual([])
})

test('the list says what each is, and which have expired', async () => {
  const { stdout } = await told(['token'])
  expect(stdout).toMatch(/^eye\s+viewer\s+ann\s+never/m)
  expect(stdout).toMatch(/^ci\s+operator\s+ann\s+expired 2026-01-0/m)
  expect(JSON.parse((await told(['token', 'ls', '--json'])).stdout)).toHaveLength(2)
})

test('revoke', async () => {
  expect((await told(['token', 'revoke', 'ci'])).stdout).toBe('token ci revoked\n')
  expect(daemon!.requests('token.revoke')).toEqual([{ name: 'ci' }])
})
