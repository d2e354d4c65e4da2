/** Starts and reloads with shared sockets that are refused: what is said, and that what served before continues to serve. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { freePort } from '../support/free-port.ts'
import { httpGet } from '../support/http-get.ts'
import { otherVersion } from '../support/other-version.ts'
import { asRoot, testNeeding } from '../support/requires.ts'

let t: TestHome
beforeAll(async () => {
  t = await testHome()
})
afterEach(() => t.here.run(['delete', 'all', '--purge']))
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
  await t.here.ok([
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
  await t.here.ok(['set', 'web', '--', 'env', 'HOST=127.0.0.2', ...AT.slice(1)])
  expect(await refusal(['reload', 'web'])).toMatchObject({
    code: 'WRONG_ADDRESS',
    message: expect.stringContaining(`the program listens on 127.0.0.2:${port}, and the declared socket is 127.0.0.1:${port}`),
  })
  expect(await pidOf('web')).toBe(before)
  expect(Number(await httpGet(port))).toBe(before)
})

describe('what served before continues to serve', () => {
  let port: number
  let before: number
  beforeEach(async () => {
    port = await freePort()
    await t.here.ok(['start', '--name', 'web', '--socket', `127.0.0.1:${port}`, '--env', 'HOST=127.0.0.1', ...AT])
    before = await pidOf('web')
  })
  afterEach(async () => {
    expect(await pidOf('web')).toBe(before)
    expect(Number(await httpGet(port))).toBe(before)
  })

  test('beside a second process that wants its port', async () => {
    const second = await t.here.run(['start', '--name', 'second', '--socket', `127.0.0.1:${port}`, ...AT])
    expect(second).toMatchObject({ code: 8, stderr: expect.stringContaining(`cannot start second: port ${port} is held by pid`) })
    expect(second.stderr).toContain('`ptrack stop web` frees it')
    expect(await t.ls('second')).not.toMatchObject({ status: 'running' })
  })

  test('beside a unix socket whose path is a file of somebody', async () => {
    const path = join(t.dir, 'a-file')
    writeFileSync(path, 'text')
    const second = await t.here.run(['start', '--name', 'second', '--socket', `unix:${path}`, ...AT])
    expect(second).toMatchObject({ code: 8, stderr: expect.stringContaining(`${path} exists and is no socket; move it away`) })
    expect(readFileSync(path, 'utf8')).toBe('text')
  })

  test('when it is to become a Bun program', async () => {
    const set = await t.here.run(['set', 'web', '--', 'bun', 'server.ts'])
    expect(set).toMatchObject({ code: 2, stderr: expect.stringContaining('Bun cannot serve on an inherited socket') })
  })

  testNeeding(
    asRoot,
    'mount',
    'umount',
  )('when its log is to be on a read-only file system', async () => {
    const place = join(t.dir, 'read-only')
    mkdirSync(place)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'ro,size=64k', 'tmpfs', place])
    try {
      const set = await t.here.run(['set', 'web', '--out-file', join(place, 'web.log')])
      expect(set.code).not.toBe(0)
      expect(set.stderr).toContain(`cannot log to ${join(place, 'web.log')}: its file system is read-only; name a file`)
      const second = await t.here.run(['start', '--name', 'second', '--err-file', join(place, 'second.log'), '--', 'sleep', '60'])
      expect([second.code === 0, second.stderr]).toEqual([false, expect.stringContaining('its file system is read-only')])
      expect(await t.ls('second')).toBeUndefined()
    } finally {
      execFileSync('umount', [place])
    }
  })
})

test('a preload that cannot be read: a Node program is not started without it, and the old instance serves', async () => {
  const port = await freePort()
  const own = await testHome()
  try {
    const cli = otherVersion(join(own.dir, 'build'), '0.9.9')
    const start = ['start', '--name', 'web', '--socket', `127.0.0.1:${port}`, '--env', 'HOST=127.0.0.1', ...AT]
    expect((await own.run(start, { cli })).code).toBe(0)
    const before = (await own.ls('web'))!.pid
    const sockets = join(own.home, 'sockets')
    rmSync(join(dirname(cli), '../dist/ptrack-sockets.cjs'))
    for (const name of readdirSync(sockets).filter((each) => each.startsWith('preload-'))) rmSync(join(sockets, name))
    const why = 'the file by which Node programs take shared sockets cannot be read'
    const reload = await own.run(['reload', 'web'], { cli })
    expect(reload).toMatchObject({ code: 1, stderr: expect.stringContaining(why) })
    expect((await own.ls('web'))!.pid).toBe(before)
    expect(Number(await httpGet(port))).toBe(before)
    const second = await own.run(['start', '--name', 'second', '--socket', 'auto', ...AT], { cli })
    expect(second).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`cannot start second: ${why}; install ptrack again, or`),
    })
  } finally {
    await own.close()
  }
})

testNeeding(
  asRoot,
  'mount',
  'umount',
)('a home that is read-only: a reload is refused, and what serves serves', async () => {
  const port = await freePort()
  const own = await testHome()
  let mounted = false
  try {
    await own.ok(['start', '--name', 'web', '--socket', `127.0.0.1:${port}`, '--env', 'HOST=127.0.0.1', ...AT])
    const before = (await own.ls('web'))!.pid
    execFileSync('mount', ['--bind', own.home, own.home])
    mounted = true
    execFileSync('mount', ['-o', 'remount,ro,bind', own.home])
    const reload = await own.run(['reload', 'web'])
    expect(reload).toMatchObject({
      code: expect.any(Number),
      stderr: expect.stringMatching(/^ptrack: cannot .*: read-only file system; make the file system of .* writable again/),
    })
    expect(reload.code).not.toBe(0)
    expect((await own.ls('web'))!.pid).toBe(before)
    expect(Number(await httpGet(port))).toBe(before)
    execFileSync('umount', ['-l', own.home])
    mounted = false
    await own.until(async () => (await own.run(['reload', 'web'])).code === 0, 'it reloads again')
    expect(Number(await httpGet(port))).toBe((await own.ls('web'))!.pid)
  } finally {
    if (mounted) execFileSync('umount', ['-l', own.home])
    await own.close()
  }
})
