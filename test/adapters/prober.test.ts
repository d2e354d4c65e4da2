import { readFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, connect, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { createProber, isConnectedToItself } from '../../src/adapters/prober.ts'
import { program } from '../support/daemon.ts'
import { identOf, isAlive } from '../support/proc.ts'
import { until } from '../support/until.ts'
import { osKit } from './os-kit.ts'

const kit = osKit()
const prober = createProber(kit)
const servers: Server[] = []
afterAll(async () => {
  for (const server of servers) server.close()
  await kit.close()
})

const listen = (server: Server, host: string): Promise<number> =>
  new Promise((resolve, reject) => {
    servers.push(server)
    server.once('error', reject)
    server.listen(0, host, () => resolve((server.address() as AddressInfo).port))
  })

/** Connections to a port that neither side has finished with; 06 is TIME_WAIT, 0A a listener. */
const connectionsTo = (port: number): number => {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  const lines = readFileSync('/proc/net/tcp', 'latin1').split('\n')
  return lines.filter((line) => new RegExp(`:${hex} .*? (?!06|0A)[0-9A-F]{2} `).test(line.slice(0, 38))).length
}

describe('tcp', () => {
  test.each(['127.0.0.1', '::1', '0.0.0.0', '::'])('a listener on %s is found', async (host) => {
    const port = await listen(createServer(), host)
    const check = await prober.tcp(port, 2000)
    expect(check).toEqual({ open: true, latencyMs: expect.any(Number) })
  })

  test('a port that nobody holds is closed', async () => {
    expect(await prober.tcp(await prober.freePort(), 2000)).toEqual({ open: false, latencyMs: null })
    expect(await prober.tcp(await prober.freePort(), 2000, 'localhost')).toEqual({ open: false, latencyMs: null })
  })

  test('a host that does not answer is closed after the time given', async () => {
    // 192.0.2.0/24 is reserved for documentation: dropped, or refused as unreachable.
    expect(await prober.tcp(80, 50, '192.0.2.1')).toEqual({ open: false, latencyMs: null })
  })

  test('a server that cares for no errors survives being checked', async () => {
    // It greets at once and has no error listener on its sockets: a reset by the visitor would end it.
    const run = kit.start([process.execPath, program('listens.mjs'), '0', '127.0.0.1', 'hello\n'])
    const port = Number((await until(() => /^ready on (\d+)$/m.exec(run.out()), 'it listens'))[1])
    for (let i = 0; i < 50; i++) expect((await prober.tcp(port, 5000)).open).toBe(true)
    // Once more after all of them were closed: whatever they did to it has happened by then.
    await until(() => connectionsTo(port) === 0, 'the checks have left')
    expect((await prober.tcp(port, 5000)).open).toBe(true)
    expect([isAlive(run.leader), run.err()]).toEqual([true, ''])
  })

  test('a connection to itself is seen as such', async () => {
    // The kernel picks the port asked for as the local one sooner or later; here it is told to.
    const port = await prober.freePort()
    const socket = connect({ host: '127.0.0.1', port, localAddress: '127.0.0.1', localPort: port })
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject)
      socket.once('connect', resolve)
    })
    expect(isConnectedToItself(socket)).toBe(true)
    socket.resetAndDestroy()
    const server = createServer()
    const other = connect({ host: '127.0.0.1', port: await listen(server, '127.0.0.1') })
    await new Promise((resolve) => other.once('connect', resolve))
    expect(isConnectedToItself(other)).toBe(false)
    other.destroy()
  })
})

describe('http', () => {
  const answers = createHttpServer((request, response) => {
    const status = Number(request.url?.slice(1))
    if (status === 0) return // never answers
    response.writeHead(status, status >= 300 && status < 400 ? { location: 'http://192.0.2.1/' } : {}).end('x'.repeat(100_000))
  })
  test('200 to 399 pass, a redirect is not followed; anything else is said', async () => {
    const url = `http://127.0.0.1:${await listen(answers, '127.0.0.1')}`
    expect(await Promise.all([200, 204, 301, 399, 400, 404, 503].map((status) => prober.http(`${url}/${status}`, 5000)))).toEqual(
      [...[null, null, null, null], ...['it answered 400', 'it answered 404', 'it answered 503']],
    )
    expect(await prober.http(`${url}/0`, 50)).toBe('no answer within 50 ms')
    expect(await prober.http(`http://127.0.0.1:${await prober.freePort()}/`, 5000)).toMatch(/ECONNREFUSED/)
    expect(await prober.http(url.replace('http:', 'https:'), 5000)).toMatch(/\w/)
  })
})

describe('exec', () => {
  const options = { cwd: kit.directory, env: { PATH: process.env.PATH ?? '', WORD: 'given' }, timeoutMs: 20_000 }
  test('passes with 0 and says what else happened', async () => {
    expect(await prober.exec('test "$WORD" = given && test "$(pwd -P)" = "$(cd -P "$PWD"; pwd -P)"', options)).toBeNull()
    expect(await prober.exec('exit 3', options)).toBe('it exited with 3')
    expect(await prober.exec('kill -9 $$', options)).toBe('it was ended by SIGKILL')
    expect(await prober.exec('true', { ...options, cwd: '/no/such/directory' })).toMatch(/^it could not be started: /)
    // Nothing of the daemon's environment reaches it.
    expect(await prober.exec('test -z "$VITEST"', options)).toBeNull()
  })

  test('one that hangs ends with everything it started', async () => {
    expect(await prober.exec('sleep 3600 & echo $! > child; wait', { ...options, timeoutMs: 500 })).toBe(
      'no answer within 500 ms',
    )
    const pid = Number(readFileSync(join(kit.directory, 'child'), 'latin1'))
    await until(() => {
      const ident = identOf(pid)
      return ident === null || !isAlive(ident)
    }, 'its child is gone')
  })
})
