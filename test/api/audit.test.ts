import { expect, test } from 'vitest'
import { createAudit } from '../../src/api/audit.ts'
import type { Peer } from '../../src/core/rights.ts'

test('typing is published once a minute for each peer and terminal, everything else each time', () => {
  const seen: string[] = []
  let mono = 0
  const audit = createAudit({
    publish: ({ method, targets, by }) => void seen.push(`${by} ${method} ${targets.join()}`),
    keep: () => {},
    clock: { mono: () => mono, wall: () => 0 },
    log: { warn: () => {} },
  })
  const peer = (user: string): Peer => ({ user, role: 'operator', token: null, process: null, expiresAtMs: null })
  for (const user of ['ann', 'ann', 'bob']) for (const target of ['a', 'a', 'b']) audit.acted('send', [target], peer(user))
  expect(seen).toEqual(['ann send a', 'ann send b', 'bob send a', 'bob send b'])
  mono += 59_999
  audit.acted('send', ['a'], peer('ann'))
  expect(seen).toHaveLength(4)
  mono += 1
  audit.acted('send', ['a'], peer('ann'))
  for (let i = 0; i < 2; i++) audit.acted('signal', ['a'], peer('ann'))
  expect(seen.slice(4)).toEqual(['ann send a', 'ann signal a', 'ann signal a'])
})
