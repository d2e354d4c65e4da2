/** A bus that others run, with TLS and users of its own: `join tls://.. --creds`, and what keeps a node out. */
import { mkdirSync } from 'node:fs'
import { join as path } from 'node:path'
import { expect, test } from 'vitest'
import { fleetFiles } from '../../src/adapters/bus/own/files.ts'
import { found } from '../../src/adapters/bus/own/found.ts'
import type { FleetCheck } from '../../src/protocol/fleet.ts'
import { natsServer, serverFile, startServer } from '../support/bus.ts'
import { testHome } from '../support/daemon.ts'
import { statusOf } from '../support/fleet.ts'
import { freePort } from '../support/free-port.ts'
import { describeNeeding } from '../support/requires.ts'

describeNeeding(natsServer)('a bus with TLS and credentials', () => {
  test('joined by both; without the one or the other it is said which is wrong', async () => {
    const t = await testHome()
    const port = await freePort()
    const made = async (name: string) => {
      const home = path(t.dir, name)
      mkdirSync(home)
      const newcomer = { home, node: 'n1', id: name, host: 'h' }
      await found({ kind: 'found', newcomer, listen: { host: '127.0.0.1', port }, serverBinary: serverFile! })
      return fleetFiles(home)
    }
    const [right, wrong] = [await made('right'), await made('wrong')]
    const server = await startServer(port, ['-c', right.config])
    const join = (creds: string | null, authority: string | null) =>
      t.run(['fleet', 'join', `tls://127.0.0.1:${port}`, '--name', 'n1', ...(creds === null ? [] : ['--creds', creds])], {
        env: authority === null ? {} : { NODE_EXTRA_CA_CERTS: authority },
      })
    const unknown = await join(right.credentials, null)
    expect([unknown.code, unknown.stderr]).toEqual([5, expect.stringContaining('its certificate is not trusted here')])
    // A daemon has the environment of its start.
    await t.ok(['daemon', 'stop'])
    for (const creds of [wrong.credentials, null]) {
      const refused = await join(creds, right.authority)
      expect([refused.code, refused.stderr]).toEqual([
        5,
        expect.stringMatching(/cannot join the fleet on tls:.*: the server does not accept the credentials; .*--creds/),
      ])
    }
    const joined = await join(right.credentials, right.authority)
    expect([joined.code, joined.stdout, joined.stderr]).toEqual([
      0,
      'joined as n1, with no other node here\n',
      'ptrack: whoever can use the bus can look at what runs here, and change nothing\n',
    ])
    expect(await statusOf(t)).toMatchObject({ state: 'up', own: null, credentials: right.credentials })
    const { checks } = await t.json<{ checks: FleetCheck[] }>(['fleet', 'doctor'])
    expect(checks.map(({ check, state }) => `${check} ${state}`)).toEqual([
      'bus ok',
      'version ok',
      'jetstream ok',
      'sync unknown',
      'replicas unknown',
      'events ok',
      'tls ok',
      'login ok',
    ])
    for (const words of [['invite'], ['kick', 'n2']])
      expect((await t.run(['fleet', ...words])).stderr).toMatch(
        /this fleet is on a bus that others run, which knows nothing of its nodes/,
      )
    await t.ok(['fleet', 'leave'])
    await t.close()
    await server.kill()
  })
})
