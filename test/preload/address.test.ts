/** Which calls of `listen()` mean a declared socket. */
import { expect, test } from 'vitest'
import { match, wantedBy } from '../../src/preload/address.ts'
import type { Inherited } from '../../src/preload/inherited.ts'

const callback = (): void => undefined
const common = { fd: 3, inode: 1, name: 'web', backlog: 1 }
const tcp = (port: number, host: string): Inherited => ({ ...common, port, host, path: null })
const unix = (path: string): Inherited => ({ ...common, port: null, host: '', path })

test.each<[string, unknown[], object | null]>([
  ['a number', [3000], { port: 3000, host: '', path: null, callback: null }],
  ['a number in a string', ['3000', callback], { port: 3000, callback }],
  ['a host', [3000, '127.0.0.1', callback], { port: 3000, host: '127.0.0.1', callback }],
  ['a backlog', [3000, 511, callback], { port: 3000, host: '', callback }],
  ['a host and a backlog', [3000, '::1', 511], { port: 3000, host: '::1' }],
  ['no host, and a callback', [3000, undefined, callback], { port: 3000, host: '', callback }],
  ['options', [{ port: '3000', host: '::' }, callback], { port: 3000, host: '::', callback }],
  ['a path', ['/run/app.sock', callback], { port: null, path: '/run/app.sock', callback }],
  ['a path in options', [{ path: '/run/app.sock' }], { port: null, path: '/run/app.sock' }],
  ['a port that is there beside a path', [{ port: 3000, path: '/run/app.sock' }], { port: 3000, path: null }],
  ['no address', [], null],
  ['a callback alone', [callback], null],
  ['null', [null], null],
  ['an inherited descriptor', [{ fd: 3 }], null],
  ['a handle', [{ _handle: {} }], null],
  ['a port that is none', [{ port: 'http' }], null],
  ['an empty port', [{ port: '' }], null],
  ['a signal that is none', [{ port: 3000, signal: {} }], null],
])('listen with %s', (_, args, wanted) => {
  if (wanted === null) expect(wantedBy(args)).toBeNull()
  else expect(wantedBy(args)).toMatchObject(wanted)
})

test.each<[unknown[], Inherited, string]>([
  [[3000], tcp(3000, '::'), 'same'],
  [[3000], tcp(3000, ''), 'same'],
  [[3000, '0.0.0.0'], tcp(3000, '::'), 'same'],
  [[3000, 'LOCALHOST'], tcp(3000, '127.0.0.1'), 'same'],
  [[3000, '127.0.0.1'], tcp(3000, '::1'), 'same'],
  [[3000, '10.0.0.1'], tcp(3000, '10.0.0.1'), 'same'],
  [[3000, '127.0.0.1'], tcp(3000, '::'), 'elsewhere'],
  [[3000], tcp(3000, '127.0.0.1'), 'elsewhere'],
  [[3000, '10.0.0.2'], tcp(3000, '10.0.0.1'), 'elsewhere'],
  [[3001], tcp(3000, '::'), 'other'],
  [[0], tcp(3000, '::'), 'other'],
  [['/run/app.sock'], tcp(3000, '::'), 'other'],
  [['/run/app.sock'], unix('/run/app.sock'), 'same'],
  [['/run/../run//app.sock'], unix('/run/app.sock'), 'same'],
  [['/run/other.sock'], unix('/run/app.sock'), 'other'],
  [['\0/run/app.sock'], unix('/run/app.sock'), 'other'],
  [[3000], unix('/run/app.sock'), 'other'],
])('listen(...%j) beside %o is %s', (args, socket, expected) => {
  expect(match(socket, wantedBy(args)!)).toBe(expected)
})
