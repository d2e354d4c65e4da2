import { readFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, connect, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { createProber, isConnectedToItself } from '../../src/adapters/prober.ts'
import { program } from '../support/daemon.ts'
import { identOf, isAlive } from '../support/proc.ts'
import { until } from '../support/until.ts'
import { osKit } from './support/os.ts'

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
    const refused = { open: false, latencyMs: null, code: 'ECONNREFUSED' }
    expect(await prober.tcp(await prober.freePort(), 2000)).toEqual(refused)
    expect(await prober.tcp(await prober.freePort(), 2000, 'localhost')).toEqual(refused)
  })

  test('a host that does not answer is closed after the time given', async () => {
    // 192.0.2.0/24 is reserved for documentation: dropped, or refused as unreachable.
    expect(await prober.tcp(80, 50, '192.0.2.1')).toMatchObject({ open: false, latencyMs: null })
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
      [200, 204, 301, 399, 400, 404, 503].map((status) => ({ ok: status < 400, answer: `answered ${status}` })),
    )
    expect(await prober.http(`${url}/0`, 50)).toEqual({ ok: false, answer: 'had no answer within 50ms' })
    const nowhere = await prober.freePort()
    // By name both families are tried, and Node's own message is empty then.
    for (const host of ['127.0.0.1', 'localhost'])
      expect(await prober.http(`http://${host}:${nowhere}/`, 5000)).toEqual({
        ok: false,
        answer: `failed: ${host}:${nowhere} refused the connection (ECONNREFUSED)`,
      })
    expect((await prober.http(url.replace('http:', 'https:'), 5000)).answer).toMatch(/^failed: \w/)
  })
})

describe('exec', () => {
  const options = { cwd: kit.directory, env: { PATH: process.env.PATH ?? '', WORD: 'given' }, timeoutMs: 20_000 }
  const passed = { ok: true, answer: 'exited with 0' }
  test('passes with 0 and says what else happened', async () => {
    expect(await prober.exec('test "$WORD" = given && test "$(pwd -P)" = "$(cd -P "$PWD"; pwd -P)"', options)).toEqual(passed)
    expect(await prober.exec('exit 3', options)).toEqual({ ok: false, answer: 'exited with 3' })
    expect(await prober.exec('kill -9 $$', options)).toEqual({ ok: false, answer: 'was ended by SIGKILL' })
    const nowhere = await prober.exec('true', { ...options, cwd: '/no/such/directory' })
    expect([nowhere.ok, nowhere.answer]).toEqual([false, expect.stringMatching(/^could not be started: /)])
    // Nothing of the daemon's environment reaches it.
    expect(await prober.exec('test -z "$VITEST"', options)).toEqual(passed)
  })

  test('the first line that it wrote says why, stderr before stdout', async () => {
    const answer = async (command: string) => (await prober.exec(command, options)).answer
    expect(await answer('echo checking; printf "\\n\\033[31mno route to db\\033[0m\\nmore\\n" >&2; exit 2')).toBe(
      'exited with 2: no route to db',
    )
    expect(await answer('echo no response; exit 2')).toBe('exited with 2: no response')
    // More than a pipe holds, and a child that keeps the pipes: neither holds up the answer.
    expect(await answer('head -c 300000 /dev/zero | tr "\\0" x >&2; exit 4')).toMatch(/^exited with 4: x{100}/)
    expect(await answer('sleep 5 & echo left one behind >&2; exit 1')).toBe('exited with 1: left one behind')
  })

  test('one that hangs ends with everything it started', async () => {
    expect(await prober.exec('sleep 3600 & echo $! > child; wait', { ...options, timeoutMs: 500 })).toEqual({
      ok: false,
      answer: 'had no answer within 500ms',
    })
    const pid = Number(readFileSync(join(kit.directory, 'child'), 'latin1'))
    await until(() => {
      const ident = identOf(pid)
      return ident === null || !isAlive(ident)
    }, 'its child is gone')
  })
})
