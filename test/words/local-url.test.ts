/** Addresses of programs on this machine. */
import { describe, expect, test } from 'vitest'
import { portIn, servedAt, urlIn, urlOf } from '../../src/words/local-url.ts'

test('where it is served: a port, its check, a shared socket', () => {
  expect(urlOf([{ port: 5173 }], [], null)).toBe('http://localhost:5173')
  expect(urlOf([], [], { health: { kind: 'http', url: 'http://127.0.0.1:8080/healthz' } })).toBe('http://127.0.0.1:8080')
  expect(urlOf([], [], { sockets: [{ name: 'web', port: 3000 }] })).toBe('http://localhost:3000')
  expect(urlOf([], [], { sockets: [{ name: 'web', path: '/run/x' }] })).toBeNull()
  expect(urlOf([{ port: 6379 }], [], null)).toBeNull()
  expect(urlOf([], [], null)).toBeNull()
})

test.each([
  [['redis-server', '--port', '22025'], true],
  [['/usr/lib/postgresql/17/bin/postgres', '-D', 'data'], true],
  [['/bin/sh', '-c', 'exec redis-server --port $PORT'], true],
  [['node', 'redis-server.js'], false],
  [['node', 'postgres-admin'], false],
])('%j speaks no HTTP on any port: %s', (command, other) => {
  expect(urlOf([{ port: 22_025 }], command, null)).toBe(other ? null : 'http://localhost:22025')
})

test.each([
  ['  ➜  Local:   http://localhost:5173/', 'http://localhost:5173/'],
  ['Serving HTTP on 0.0.0.0 port 8000 (http://0.0.0.0:8000/) ...', 'http://localhost:8000/'],
  ['listening on http://[::]:3000.', 'http://localhost:3000'],
  ['at http://[::1]:3000/x', 'http://[::1]:3000/x'],
  ['see https://127.0.0.1:8443/a?b=c, or not', 'https://127.0.0.1:8443/a?b=c'],
  ['docs at https://vite.dev/guide', null],
  ['http://localhost.example.org/', null],
  ['nothing', null],
])('an address in %j', (text, url) => {
  expect(urlIn(text)).toBe(url)
})

describe('what is known and what is printed', () => {
  test.each([
    ['http://localhost:3000', 'https://localhost:3000/app', 'https://localhost:3000/app'],
    ['http://localhost:3000', 'http://localhost:9229/', 'http://localhost:3000'],
    ['http://localhost:3000', null, 'http://localhost:3000'],
    [null, 'http://localhost:5173/', 'http://localhost:5173/'],
    [null, null, null],
  ])('%s and %s: %s', (known, printed, served) => {
    expect(servedAt(known, printed)).toBe(served)
  })

  test('a port that an address does not name', () => {
    expect(['http://localhost/', 'https://localhost', 'http://localhost:99999'].map(portIn)).toEqual([80, 443, null])
  })
})
