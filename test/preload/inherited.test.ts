/** PTRACK_LISTEN: all of it, or nothing. */
import { expect, test } from 'vitest'
import { isInherited, parseListen } from '../../src/preload/inherited.ts'
import { leaveOptions } from '../../src/preload/options.ts'

const entry = { fd: 3, inode: 123, name: 'web', port: 3000, host: '::' }

test('an entry of TCP and one of a path', () => {
  expect(parseListen(JSON.stringify([entry, { fd: 4, inode: 124, name: 'admin', path: '/run/app.sock', backlog: 7 }]))).toEqual([
    { ...entry, path: null, backlog: 4096 },
    { fd: 4, inode: 124, name: 'admin', port: null, host: '', path: '/run/app.sock', backlog: 7 },
  ])
})

test.each([
  ['', '{}', '3', 'null', '[null]', '[3]', '[[]]'],
  [
    { fd: 2 },
    { fd: '3' },
    { fd: 3.5 },
    { inode: -1 },
    { inode: '123' },
    { name: 1 },
    { port: 65_536 },
    { port: null },
    { path: '/x' },
  ].map((wrong) => JSON.stringify([entry, { ...entry, ...wrong }])),
])('anything malformed is nothing', (...texts) => {
  for (const text of texts.flat()) expect(parseListen(text), text).toBeNull()
})

test('a descriptor that is something else, or is not there, is not inherited', () => {
  const socket = parseListen(JSON.stringify([entry]))![0]!
  expect(isInherited(socket)).toBe(false)
  expect(isInherited({ ...socket, fd: 100_000 })).toBe(false)
})

test.each([
  ['--require "/home/a b/ptrack-sockets.cjs"', undefined],
  ['--require "/home/a b/ptrack-sockets.cjs" --no-warnings', '--no-warnings'],
  [
    '--require "/x/ptrack-preload.cjs" --require "/home/\\"a\\"/ptrack-sockets.cjs" -r ./mine.js',
    '--require "/x/ptrack-preload.cjs" -r ./mine.js',
  ],
  ['--require ./ptrack-sockets.cjs', '--require ./ptrack-sockets.cjs'],
])('NODE_OPTIONS %s become the program’s own', (before, after) => {
  const env: NodeJS.ProcessEnv = { NODE_OPTIONS: before }
  leaveOptions(env)
  expect(env.NODE_OPTIONS).toBe(after)
})
