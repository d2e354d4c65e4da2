import { expect, test } from 'vitest'
import { auditDetail } from '../../src/api/audit-detail.ts'
import type { Method } from '../../src/protocol/requests.ts'

test.each<[Method, object, string | null]>([
  ['signal', { targets: ['a'], signal: 'SIGHUP' }, 'SIGHUP'],
  ['cancel', { targets: ['a'] }, null],
  ['scale', { target: 'a', instances: 4 }, 'to 4'],
  // What they become may be a secret.
  ['set', { targets: ['a'], changes: { command: ['x', 'secret'], nice: 1 } }, 'command, nice'],
  ['start', { definition: { name: 'a' } }, 'defined'],
  ['start', { targets: ['a'] }, null],
  ['delete', { targets: ['a'], purge: true }, 'with its logs and results'],
  ['limits.set', { global: 4 }, 'global'],
  ['stop', { targets: ['a'] }, null],
])('%s of %j: %s', (method, params, detail) => {
  expect(auditDetail(method, params as Record<string, unknown>)).toBe(detail)
})
