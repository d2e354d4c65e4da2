import { expect, test } from 'vitest'
import { type Peer, reachOf } from '../../src/core/rights.ts'
import { type Method, requests } from '../../src/protocol/requests.ts'
import { type Reach, VERBS } from '../../src/protocol/verbs.ts'

const peer = (role: Peer['role'], process: string | null = null): Peer => ({
  user: 'ann',
  role,
  token: 't',
  process,
  expiresAtMs: null,
})

/** operator, viewer, child of a run. Written out a second time: a right that changes by mistake shows here. */
const EXPECTED = {
  hello: 'any any any',
  list: 'own own none',
  projects: 'own own none',
  show: 'own own none',
  why: 'own own none',
  tree: 'own own none',
  env: 'own own none',
  wait: 'own own none',
  port: 'own own none',
  orphans: 'own own none',
  results: 'own own none',
  history: 'own own none',
  stats: 'own own none',
  types: 'own own none',
  runs: 'own own none',
  counts: 'own own none',
  timeline: 'own own none',
  'metrics.history': 'own own none',
  audit: 'own own none',
  'news.list': 'own own none',
  'news.seen': 'any any none',
  'results.groups': 'own own none',
  'attention.seen': 'own none none',
  'logs.read': 'own own none',
  'logs.bytes': 'own own none',
  'logs.counts': 'own own none',
  attach: 'own own none',
  send: 'own none none',
  exec: 'own none none',
  resize: 'own none none',
  'logs.follow': 'own own none',
  'logs.unfollow': 'any any none',
  subscribe: 'own own none',
  unsubscribe: 'any any none',
  start: 'own none none',
  stop: 'own none none',
  restart: 'own none none',
  reload: 'own none none',
  delete: 'own none none',
  cancel: 'own none none',
  pause: 'own none none',
  resume: 'own none none',
  reset: 'own none none',
  keep: 'own none none',
  signal: 'own none none',
  scale: 'own none none',
  set: 'own none none',
  flush: 'own none none',
  'track.start': 'own none none',
  'track.end': 'own none none',
  'track.update': 'own none self',
  progress: 'own none self',
  step: 'own none self',
  result: 'own none self',
  checkpoint: 'own none self',
  notify: 'own none self',
  'limits.get': 'any any none',
  'limits.set': 'none none none',
  'retention.get': 'any any none',
  'retention.set': 'none none none',
  gc: 'none none none',
  'policy.get': 'any any none',
  'policy.set': 'none none none',
  'policy.delete': 'none none none',
  'hooks.list': 'none none none',
  'hooks.add': 'none none none',
  'hooks.delete': 'none none none',
  'hooks.test': 'none none none',
  'notices.list': 'none none none',
  'notices.seen': 'none none none',
  'token.create': 'none none none',
  'token.ls': 'none none none',
  'token.revoke': 'none none none',
  'web.login': 'none none none',
  'kill-orphan': 'none none none',
  'fleet.join': 'none none none',
  'fleet.leave': 'none none none',
  'fleet.create': 'none none none',
  'fleet.invite': 'none none none',
  'fleet.kick': 'none none none',
  'fleet.doctor': 'any any none',
  'fleet.status': 'any any none',
  'fleet.ls': 'any any none',
  'fleet.resolve': 'any any none',
  'fleet.list': 'any any none',
  'fleet.events': 'any any none',
  'fleet.run': 'any none none',
  'fleet.jobs': 'any any none',
  'fleet.cancel': 'any none none',
  'fleet.limits.get': 'any any none',
  'fleet.limits.set': 'none none none',
  'fleet.open': 'any any none',
  'fleet.carry': 'none none none',
  admit: 'any any any',
  'daemon.status': 'any any none',
  'daemon.start': 'none none none',
  'daemon.stop': 'none none none',
} satisfies Record<Method, string>

test.each(Object.keys(requests) as Method[])('who may %s', (method) => {
  const reaches: Reach[] = [peer('operator'), peer('viewer'), peer('viewer', 'p1')].map((each) => reachOf(each, method))
  expect(reaches.join(' ')).toBe(EXPECTED[method])
  expect(reachOf(peer('admin'), method)).toBe('any')
})

test('a child has no more than its run, whatever its role is said to be', () => {
  for (const method of Object.keys(requests) as Method[])
    expect(reachOf(peer('admin', 'p1'), method)).toBe(reachOf(peer('viewer', 'p1'), method))
})

test('there is a row for each request and none beside them', () => {
  expect(Object.keys(VERBS).sort()).toEqual(Object.keys(requests).sort())
})

test('whatever a viewer may not do and an operator may, and all that is for admins, is in the audit, unless it only reads or reports', () => {
  const unaudited = (Object.keys(VERBS) as Method[]).filter((method) => VERBS[method].viewer === 'none' && !VERBS[method].audited)
  expect(unaudited.sort()).toEqual([
    'checkpoint',
    'fleet.carry',
    'hooks.list',
    'notices.list',
    'notices.seen',
    'notify',
    'progress',
    'result',
    'step',
    'token.ls',
    'track.update',
  ])
})

test('a request held to own processes says where it names them', () => {
  for (const [method, right] of Object.entries(VERBS)) {
    const held = [right.operator, right.viewer, right.child].some((reach) => reach === 'own' || reach === 'self')
    expect(right.named === 'nothing', method).toBe(!held)
    if (right.child === 'self') expect(['who', 'id'], method).toContain(right.named)
  }
})
