/** What a check is called and what it answered: readable, on one line, and no place for a password. */
import { expect, test } from 'vitest'
import { answerWords, checkName, connectionWords } from '../../src/core/check-words.ts'

test('a check is called by what it asks', () => {
  expect([
    checkName(null),
    checkName({ kind: 'none' }),
    checkName({ kind: 'http', url: 'http://127.0.0.1:3000/health' }),
    checkName({ kind: 'http', url: 'https://api.example:8443/v1/up' }),
    checkName({ kind: 'tcp', host: 'db', port: 5432 }),
    checkName({ kind: 'exec', command: 'pg_isready\n-q' }),
    checkName({ kind: 'log', pattern: '^ready' }),
    checkName({ kind: 'notify' }),
  ]).toEqual([
    null,
    null,
    'GET /health',
    'GET api.example:8443/v1/up',
    'tcp:db:5432',
    'exec:pg_isready -q',
    'log:^ready',
    'ptrack notify --ready',
  ])
})

test('neither name nor answer holds a secret, a control character, or more than fits', () => {
  expect(checkName({ kind: 'http', url: 'http://me:hunter2secret@localhost:80/up?token=abcdef123456' })).toBe('GET /up?...')
  expect(checkName({ kind: 'exec', command: 'curl -H "Authorization: Bearer abcdefgh12345678" localhost' })).not.toContain(
    'abcdefgh',
  )
  expect(checkName({ kind: 'exec', command: 'x'.repeat(500) })).toHaveLength(80)
  expect(answerWords('exited with 1: \u001b[31mpassword=hunter2secret\r\n')).toBe('exited with 1:  [31mpassword=***')
  expect(answerWords('y'.repeat(5000))).toHaveLength(300)
})

test('a connection that was not made says whose doing that is', () => {
  expect(connectionWords('ECONNREFUSED', '127.0.0.1', 3000)).toBe('failed: 127.0.0.1:3000 refused the connection (ECONNREFUSED)')
  expect(connectionWords('ENOTFOUND', 'db.invalid', '')).toBe('failed: there is no host db.invalid (ENOTFOUND)')
  expect(connectionWords('EPROTO', 'h', 1, 'wrong version number')).toBe('failed: wrong version number')
  expect(connectionWords(null, 'h', 1)).toBe('failed: no connection')
})
