import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { bindableSocketPath, homeDirectory, SOCKET_FILE } from '../../src/protocol/socket-path.ts'
import { linux, testNeeding } from '../support/requires.ts'

let base: string
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'ptrack-sock-'))
})
afterEach(() => rmSync(base, { recursive: true, force: true }))

/** A home whose path has exactly so many bytes. */
function homeOf(bytes: number): string {
  let home = base
  while (bytes - home.length > 201) home = join(home, 'x'.repeat(100))
  home = join(home, 'y'.repeat(bytes - home.length - 1))
  mkdirSync(home, { recursive: true })
  expect(Buffer.byteLength(home)).toBe(bytes)
  return home
}

/** A server at one path of the home and a client at another one: they meet only if both lead to the same socket. */
async function meet(home: string): Promise<string> {
  const ours = bindableSocketPath(home)
  const server = createServer((socket) => socket.end('hello'))
  await new Promise<void>((done, fail) => server.on('error', fail).listen(ours.path, done))
  try {
    expect(readdirSync(home)).toEqual([SOCKET_FILE])
    const theirs = bindableSocketPath(home)
    return await new Promise<string>((done, fail) => {
      let text = ''
      const client = connect(theirs.path, theirs.close)
      client.on('error', fail)
      client.on('data', (data) => {
        text += data
      })
      client.on('close', () => done(text))
    })
  } finally {
    await new Promise((done) => server.close(done))
    ours.close()
    expect(readdirSync(home)).toEqual([])
  }
}

// 107 bytes are the most that fit: `/daemon.sock` takes 12 of them.
for (const bytes of [40, 94, 95, 96, 97, 300, 1000]) {
  testNeeding(linux)(`daemon and client meet in a home of ${bytes} bytes`, async () => {
    expect(await meet(homeOf(bytes))).toBe('hello')
    expect(existsSync(base)).toBe(true)
  })
}

test('a short path is used as it is; a long one needs its directory to exist', () => {
  expect(bindableSocketPath('/run/p').path).toBe('/run/p/daemon.sock')
  const error = process.platform === 'linux' ? { code: 'ENOENT' } : { code: 'USAGE' }
  expect(() => bindableSocketPath(`/${'n'.repeat(200)}`)).toThrow(expect.objectContaining(error))
})

test('closing twice closes no descriptor of somebody else', () => {
  const first = bindableSocketPath(homeOf(300))
  first.close()
  const second = bindableSocketPath(homeOf(300))
  first.close()
  if (process.platform === 'linux') expect(existsSync(join(second.path, '..'))).toBe(true)
  second.close()
})

describe('the home', () => {
  const cases: [string, Record<string, string>, string | undefined, string][] = [
    ['--home wins', { PTRACK_HOME: '/a', XDG_STATE_HOME: '/b' }, '/c', '/c'],
    ['then PTRACK_HOME', { PTRACK_HOME: '/a', XDG_STATE_HOME: '/b' }, undefined, '/a'],
    ['then XDG_STATE_HOME', { XDG_STATE_HOME: '/b', HOME: '/h' }, undefined, '/b/ptrack'],
    ['then ~/.local/state', { HOME: '/h' }, undefined, '/h/.local/state/ptrack'],
    ['empty values count as unset', { PTRACK_HOME: '', XDG_STATE_HOME: '', HOME: '/h' }, '', '/h/.local/state/ptrack'],
    ['a relative XDG_STATE_HOME is ignored', { XDG_STATE_HOME: 'state', HOME: '/h' }, undefined, '/h/.local/state/ptrack'],
    ['relative ones are taken from here', { PTRACK_HOME: 'here/../there' }, undefined, resolve('there')],
    ['without HOME the system is asked', {}, undefined, join(homedir(), '.local/state/ptrack')],
  ]
  for (const [what, env, flag, expected] of cases) test(what, () => expect(homeDirectory(env, flag)).toBe(expected))
})
