/** Who may say and hear what, as a table; test/adapters/bus/own/permissions.test.ts asks a real server. */
import { expect, test } from 'vitest'
import { invitationPermissions, nodePermissions, rolesUpTo, weakerOf } from '../../../src/core/fleet/permissions.ts'
import { ROLES } from '../../../src/protocol/names.ts'

test('a node says what it says under its own name, with no more than its role', () => {
  expect(nodePermissions('n.2', 'operator', false)).toEqual({
    publish: [
      'ptf.hb.n=2E2',
      'ptf.ping',
      'ptf.claim.n=2E2',
      'ptf.all.rows.operator.n=2E2.*',
      'ptf.rpc.*.operator.n=2E2.>',
      'ptf.all.rows.viewer.n=2E2.*',
      'ptf.rpc.*.viewer.n=2E2.>',
      'ptf.in.*.n=2E2.>',
      'ptf.store.n=2E2',
    ],
    subscribe: ['ptf.hb.*', 'ptf.ping', 'ptf.claim.*', 'ptf.kick.*', 'ptf.all.rows.*.*.*', 'ptf.rpc.n=2E2.>', 'ptf.in.n=2E2.>'],
  })
})

test('who made the fleet lets in and puts out, and nobody else', () => {
  const [founder, other] = [nodePermissions('n1', 'admin', true), nodePermissions('n1', 'admin', false)]
  expect(founder.publish.filter((subject) => !other.publish.includes(subject))).toEqual([
    'ptf.kick.*',
    'ptf.joined.*',
    'ptf.ev.*',
    '$KV.PT_JOBS.>',
    '$JS.API.STREAM.CREATE.PT_EVENTS',
    '$JS.API.STREAM.INFO.PT_EVENTS',
    '$JS.API.STREAM.MSG.GET.PT_EVENTS',
    '$JS.API.CONSUMER.CREATE.PT_EVENTS.>',
    '$JS.API.CONSUMER.MSG.NEXT.PT_EVENTS.>',
    '$JS.API.CONSUMER.DELETE.PT_EVENTS.>',
    '$JS.API.STREAM.CREATE.KV_PT_JOBS',
    '$JS.API.STREAM.INFO.KV_PT_JOBS',
    '$JS.API.STREAM.MSG.GET.KV_PT_JOBS',
    '$JS.API.CONSUMER.CREATE.KV_PT_JOBS.>',
    '$JS.API.CONSUMER.MSG.NEXT.KV_PT_JOBS.>',
    '$JS.API.CONSUMER.DELETE.KV_PT_JOBS.>',
    '$JS.API.STREAM.PURGE.KV_PT_JOBS',
  ])
  expect(founder.subscribe.filter((subject) => !other.subscribe.includes(subject))).toEqual(['ptf.join.*', 'ptf.store.*'])
  expect(invitationPermissions('UX')).toEqual({ publish: ['ptf.join.UX'], subscribe: ['ptf.joined.UX'] })
})

test('roles', () => {
  expect(ROLES.map((role) => rolesUpTo(role))).toEqual([['admin', 'operator', 'viewer'], ['operator', 'viewer'], ['viewer']])
  for (const one of ROLES)
    for (const other of ROLES) expect(weakerOf(one, other)).toBe(rolesUpTo(one).includes(other) ? other : one)
})
