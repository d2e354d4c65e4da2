/** Starts and reloads with shared sockets that are refused: what is said, and that what served before continues to serve. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { freePort } from '../support/free-port.ts'
import { httpGet } from '../support/http-get.ts'

let t: TestHome
beforeAll(async () => {
  t = await testHome()
})
afterEach(() => t.run(['delete', 'all', '--purge']))
afterAll(() => t?.close())

const AT = ['--', process.execPath, program('serves-at.mjs')]
const pidOf = async (name: string): Promise<number> => (await t.ls(name))!.pid!
const refusal = async (words: string[]): Promise<{ code: string; message: string }> => {
  const result = await t.run(['--json', ...words])
  expect(result).toMatchObject({ code: 1 })
  return JSON.parse(result.stdout).error
}

test('a program that listens on the port at another address is refused with both', async () => {
  const port = await freePort()
  const start = (socket: string, host: string, ...more: string[]) =>
    refusal([
      'start',
      '--name',
      'web',
      '--restart',
      'never',
      '--ready-timeout',
      '5s',
      '--socket',
      socket,
      '--env',
      `HOST=${host}`,
      ...more,
    ])
  const at = { loopback: `127.0.0.1:${port}`, second: `127.0.0.2:${port}`, every: `*:${port}` }
  // The port is taken, by its own socket: the program ends by that.
  expect(await start(String(port), '127.0.0.1', ...AT)).toMatchObject({
    code: 'WRONG_ADDRESS',
    message: expect.stringContaining(
      `cannot start web: the program listens on ${at.loopback}, and the declared socket is [::]:${port}; declare it with --socket ${at.loopback}`,
    ),
  })
  await t.here.ok(['delete', 'web'])
  // It can listen beside it, and nothing accepts from the socket.
  for (const preload of [[], ['--no-preload']]) {
    expect(await start(at.loopback, '127.0.0.2', ...preload, ...AT)).toMatchObject({
      code: 'WRONG_ADDRESS',
      message: expect.stringContaining(
        `the program listens on ${at.second}, and the declared socket is ${at.loopback}; declare it with`,
      ),
    })
    await t.here.ok(['delete', 'web'])
  }
})

test('a reload to a version that listens at another address leaves the old one serving', async () => {
  const port = await freePort()
  await t.ok([
    'start',
    '--name',
    'web',
    '--socket',
    `127.0.0.1:${port}`,
    '--ready-timeout',
    '5s',
    '--env',
    'HOST=127.0.0.1',
    ...AT,
  ])
  const before = await pidOf('web')
  await t.ok(['set', 'web', '--', 'env', 'HOST=127.0.0.2', ...AT.slice(1)])
  expect(await refusal(['reload', 'web'])).toMatchObject({
    code: 'WRONG_ADDRESS',
    message: expect.stringContaining(`the program listens on 127.0.0.2:${port}, and the declared socket is 127.0.0.1:${port}`),
  })
  expect(await pidOf('web')).toBe(before)
  expect(Number(await httpGet(port))).toBe(before)
})
