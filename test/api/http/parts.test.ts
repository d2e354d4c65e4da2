/** The small parts, by table and property. */
import { createServer } from 'node:net'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeEventId, encodeEventId } from '../../../src/api/http/event-id.ts'
import { Idempotency } from '../../../src/api/http/idempotency.ts'
import { readJson } from '../../../src/api/http/json-body.ts'
import { problem } from '../../../src/api/http/problem.ts'
import { TokenBuckets } from '../../../src/api/http/token-bucket.ts'
import { hostNames, listenTcp, tcpWish } from '../../../src/api/tcp-listener.ts'
import { ERROR_CODES, type ErrorCode } from '../../../src/protocol/errors.ts'

test('every code of the catalogue has a status of an error', () => {
  for (const code of Object.keys(ERROR_CODES) as ErrorCode[]) {
    const { status, title } = problem({ code, message: 'cannot' })
    expect(status, code).toBeGreaterThanOrEqual(400)
    expect(title, code).not.toBe('Error')
  }
})

test('what is safe JSON comes out as it went in', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
      const numbers = JSON.stringify(value).match(/-?\d[\d.e+-]*/g) ?? []
      fc.pre(numbers.every((text) => !Number.isInteger(Number(text)) || Number.isSafeInteger(Number(text))))
      fc.pre(!JSON.stringify(value).includes('"__proto__"'))
      expect(readJson(Buffer.from(JSON.stringify(value)), 64)).toEqual(JSON.parse(JSON.stringify(value)))
    }),
  )
})

test('an id of an event reads back, and nothing else is one', () => {
  expect(decodeEventId(encodeEventId('ab12', 77))).toEqual({ epoch: 'ab12', since: 77 })
  for (const id of ['', '7', 'ab.', '.7', 'a b.7', 'ab.-1', 'ab.7.8', 'ab.1e3']) expect(decodeEventId(id), id).toBeNull()
})

test('a bucket lets a burst through, then so many a second, and never holds more names than it may', () => {
  let nowMs = 0
  const buckets = new TokenBuckets({ perSecond: 10, burst: 3, now: () => nowMs })
  expect([1, 2, 3].map(() => buckets.take('a'))).toEqual([0, 0, 0])
  expect(buckets.take('a')).toBe(100)
  expect(buckets.take('b')).toBe(0)
  nowMs = 100
  expect([buckets.take('a'), buckets.take('a')]).toEqual([0, 100])
  for (let i = 0; i < 5000; i++) buckets.take(`n${i}`)
  expect((buckets as unknown as { buckets: Map<string, unknown> }).buckets.size).toBeLessThanOrEqual(4096)
})

test('keys are kept in number and for a time', async () => {
  let nowMs = 0
  let acted = 0
  const act = async () => ({ status: 201, headers: {}, body: String(++acted) })
  const keys = new Idempotency({ keys: 2, keepMs: 1000, now: () => nowMs })
  const ask = async (key: string, who = 'me') => (await keys.once(who, key, {}, act)).body
  expect([await ask('a'), await ask('a'), await ask('a', 'you')]).toEqual(['1', '1', '2'])
  // The oldest goes first.
  expect([await ask('b'), await ask('a')]).toEqual(['3', '4'])
  nowMs = 1000
  expect(await ask('a')).toBe('5')
})

test('where to listen', () => {
  expect(tcpWish(undefined, undefined)).toEqual({ host: '127.0.0.1', port: 7077, exact: false })
  expect(tcpWish('off', '0.0.0.0')).toBeNull()
  // Behind a crash: where the last one was, or nowhere, unless a person says otherwise.
  const last = { http: { host: '::1', port: 8123 } }
  expect(tcpWish(undefined, undefined, last)).toEqual({ host: '::1', port: 8123, exact: false })
  expect(tcpWish(undefined, undefined, { http: null })).toBeNull()
  expect(tcpWish('0', undefined, last)).toEqual({ host: '::1', port: 8123, exact: false })
  expect(tcpWish('0', undefined, { http: null })).toEqual({ host: '127.0.0.1', port: 0, exact: true })
  expect(tcpWish('9000', undefined, last)).toEqual({ host: '127.0.0.1', port: 9000, exact: true })
  expect(tcpWish('off', undefined, last)).toBeNull()
  expect(tcpWish('8080', '[::1]')).toEqual({ host: '::1', port: 8080, exact: true })
  for (const [http, listen] of [
    ['x', undefined],
    ['70000', undefined],
    ['-1', undefined],
    [undefined, 'example.org'],
    [undefined, '1.2.3'],
  ] as const)
    expect(() => tcpWish(http, listen)).toThrow(expect.objectContaining({ code: 'USAGE' }))
  expect(hostNames({ host: '127.0.0.1', port: 1 })).toEqual(['localhost:1', '127.0.0.1:1', '[::1]:1'])
  expect(hostNames({ host: '10.1.2.3', port: 1 })).toContain('10.1.2.3:1')
})

test('a port that is taken: the next one, or none when it was named', async () => {
  const taken = createServer()
  const port = await new Promise<number>((resolve) => {
    taken.listen(0, '127.0.0.1', () => resolve((taken.address() as { port: number }).port))
  })
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
  const bounds = { tcpConnections: 5, addressConnections: 5 }
  const { server, bound } = await listenTcp({ host: '127.0.0.1', port, exact: false }, bounds, log, (socket) => socket.destroy())
  expect(bound.port).toBeGreaterThan(port)
  await expect(listenTcp({ host: '127.0.0.1', port, exact: true }, bounds, log, () => {})).rejects.toMatchObject({
    code: 'PORT_TAKEN',
  })
  await Promise.all([server, taken].map((each) => new Promise((resolve) => each.close(resolve))))
})
