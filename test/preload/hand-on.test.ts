/** What a package runner's children get. */
import { expect, test } from 'vitest'
import { isRunner, withSockets } from '../../src/preload/hand-on.ts'
import type { Inherited } from '../../src/preload/inherited.ts'

const web: Inherited = { fd: 3, inode: 123, name: 'web', port: 3000, host: '::', path: null, backlog: 9 }
const admin: Inherited = { fd: 7, inode: 124, name: 'admin', port: null, host: '', path: '/run/a.sock', backlog: 9 }
const envPairs = ['PATH=/bin', 'PTRACK_LISTEN=[]']

test.each([
  [undefined, ['pipe', 'pipe', 'pipe'], 3],
  ['inherit', ['inherit', 'inherit', 'inherit'], 3],
  [['ignore'], ['ignore', 'pipe', 'pipe'], 3],
  [['inherit', 'inherit', 'inherit', 'ipc'], ['inherit', 'inherit', 'inherit', 'ipc'], 4],
])('behind stdio %j', (stdio, given, first) => {
  const options = withSockets({ stdio, envPairs }, [web, admin])
  expect(options.stdio).toEqual([...given, 3, 7])
  expect(options.envPairs![0]).toBe('PATH=/bin')
  expect(JSON.parse(options.envPairs![1]!.replace('PTRACK_LISTEN=', ''))).toEqual([
    { fd: first, inode: 123, name: 'web', port: 3000, host: '::', backlog: 9 },
    { fd: first + 1, inode: 124, name: 'admin', path: '/run/a.sock', backlog: 9 },
  ])
})

test('a child without the variable, or a runner without sockets: unchanged', () => {
  for (const options of [{ envPairs: ['A=1'] }, { envPairs: undefined }, { envPairs, stdio: 7 }])
    expect(withSockets(options, [web])).toBe(options)
  const options = { envPairs }
  expect(withSockets(options, [])).toBe(options)
})

test.each([
  ['/usr/lib/node_modules/npm/bin/npm-cli.js', true],
  ['/usr/bin/npx', true],
  ['/app/.yarn/releases/yarn-4.1.0.cjs', true],
  ['/opt/corepack/dist/pnpm.js', true],
  ['/app/node_modules/.bin/cross-env', true],
  ['/app/node_modules/.bin/tsx', true],
  ['/app/server.js', false],
  ['/app/npm-stats.js', false],
  ['/app/yarn-shop/index.js', false],
  [undefined, false],
])('%s is a runner: %s', (script, expected) => {
  expect(isRunner(script)).toBe(expected)
})
