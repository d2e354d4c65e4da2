/** What is said of a bus, for each of its settings. */
import { expect, test } from 'vitest'
import { type BusView, checksOf, tooOld } from '../../../src/core/fleet/bus-rules.ts'

const STREAM = {
  made: '2026-11-30T20:00:00Z',
  messages: 0,
  bytes: 0,
  first: 1,
  last: 0,
  oldest: null,
  keepsMs: 7 * 86_400_000,
  keepsBytes: 1_000_000_000,
  replicas: 1,
  isOnDisk: true,
  dropsOldest: true,
}

const JOBS = {
  isOnDisk: true,
  keepsMs: 0,
  keepsBytes: 1_000_000_000,
  bytes: 1000,
  perRecord: 1,
  replicas: 1,
  refusesNew: true,
}

const GOOD: BusView = {
  stream: STREAM,
  jobs: JOBS,
  address: 'h:4222',
  version: '2.12.3',
  jetstream: true,
  tls: true,
  login: true,
  isOwn: true,
  syncAlways: true,
  servers: 1,
  seenFrom: 'look there',
}

const verdicts = (change: Partial<BusView>) =>
  Object.fromEntries(checksOf({ ...GOOD, ...change }).flatMap(({ check, state }) => (state === 'ok' ? [] : [[check, state]])))

test.each<[string, Partial<BusView>, Record<string, string>]>([
  ['a good one', {}, {}],
  ['three servers', { servers: 3, stream: { ...STREAM, replicas: 3 }, jobs: { ...JOBS, replicas: 3 } }, {}],
  ['events that one of three servers keeps', { servers: 3, jobs: { ...JOBS, replicas: 3 } }, { events: 'bad' }],
  ['events in memory', { stream: { ...STREAM, isOnDisk: false } }, { events: 'bad' }],
  ['a full stream that takes no more', { stream: { ...STREAM, dropsOldest: false } }, { events: 'bad' }],
  ['a stream without a limit', { stream: { ...STREAM, keepsBytes: -1 } }, { events: 'bad' }],
  ['events of one day', { stream: { ...STREAM, keepsMs: 86_400_000 } }, { events: 'bad' }],
  ['events for ever, on a small disk', { stream: { ...STREAM, keepsMs: 0, keepsBytes: 62_500_000 } }, {}],
  ['jobs that one of three servers keeps', { servers: 3, stream: { ...STREAM, replicas: 3 } }, { jobs: 'bad' }],
  ['jobs in memory', { jobs: { ...JOBS, isOnDisk: false } }, { jobs: 'bad' }],
  ['jobs that are dropped with time', { jobs: { ...JOBS, keepsMs: 86_400_000 } }, { jobs: 'bad' }],
  ['jobs that are dropped when it is full', { jobs: { ...JOBS, refusesNew: false } }, { jobs: 'bad' }],
  ['former states of jobs', { jobs: { ...JOBS, perRecord: -1 } }, { jobs: 'bad' }],
  ['no room for more jobs', { jobs: { ...JOBS, bytes: 950_000_000 } }, { jobs: 'bad' }],
  ['room without a limit', { jobs: { ...JOBS, keepsBytes: -1 } }, {}],
  ['jobs that cannot be asked for', { jobs: 'no answer' }, { jobs: 'bad' }],
  ['jobs that others keep', { jobs: null }, { jobs: 'unknown' }],
  ['no jobs, on a bus of others', { jobs: undefined }, {}],
  ['no stream', { stream: 'it makes none' }, { events: 'bad' }],
  ['not waiting for the disk', { syncAlways: false }, { sync: 'bad' }],
  ['too old', { version: '2.10.22' }, { version: 'bad' }],
  ['old enough to lose streams', { version: '2.9.25' }, { version: 'bad' }],
  ['the oldest that will do', { version: '2.10.23' }, {}],
  ['a preview', { version: '2.14.0-RC.1' }, {}],
  ['without JetStream', { jetstream: false, syncAlways: false }, { jetstream: 'bad', sync: 'bad' }],
  ['two servers', { servers: 2, stream: { ...STREAM, replicas: 2 }, jobs: { ...JOBS, replicas: 2 } }, { replicas: 'bad' }],
  ['four servers', { servers: 4, stream: { ...STREAM, replicas: 3 }, jobs: { ...JOBS, replicas: 3 } }, { replicas: 'bad' }],
  ['in the clear', { tls: false }, { tls: 'bad' }],
  ['open to all', { isOwn: false, login: false }, { login: 'bad' }],
  ['of others, with credentials', { isOwn: false }, {}],
  ['seen from afar', { syncAlways: null, servers: null }, { sync: 'unknown', replicas: 'unknown' }],
])('%s', (_, change, expected) => {
  expect(verdicts(change)).toEqual(expected)
})

test('what is not ok says what to do, and what is needs nothing', () => {
  const bad = checksOf({
    ...GOOD,
    version: '2.10.1',
    jetstream: false,
    tls: false,
    login: false,
    isOwn: false,
    syncAlways: false,
    servers: 2,
    stream: 'none',
  })
  for (const { state, why, todo } of [...bad, ...checksOf(GOOD)]) {
    expect(why).not.toBe('')
    expect(todo === null).toBe(state === 'ok')
  }
  expect(checksOf({ ...GOOD, syncAlways: null }).find(({ check }) => check === 'sync')?.todo).toBe('look there')
})

test.each([
  ['2.10.22', true],
  ['2.10.23', false],
  ['2.9.99', true],
  ['1.99.99', true],
  ['3.0.0', false],
  ['2.11.0-dev', false],
])('%s is too old: %s', (version, expected) => {
  expect(tooOld(version)).toBe(expected)
})
