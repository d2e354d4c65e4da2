import { expect, test } from 'vitest'
import { leftAlone, type Selective } from '../../src/core/left-alone.ts'
import { KINDS, STATUSES } from '../../src/protocol/names.ts'

const ENDED = ['done', 'failed', 'cancelled', 'timeout', 'stopped', 'interrupted']

test.each<Selective>(['start', 'restart', 'reload'])(
  '%s by a pattern: what runs or is a service takes part, ended jobs do not',
  (verb) => {
    for (const status of STATUSES) {
      expect(leftAlone(verb, 'service', status)).toBeNull()
      expect(leftAlone(verb, 'job', status)).toBe(ENDED.includes(status) ? 'ended job' : null)
      expect(leftAlone(verb, 'external', status)).toBe('started elsewhere')
    }
  },
)

test.each<[Selective, string]>([
  ['pause', 'not running'],
  ['resume', 'not paused'],
])('%s by a pattern: what runs or is paused takes part, whatever it is', (verb, why) => {
  for (const kind of KINDS)
    for (const status of STATUSES)
      expect(leftAlone(verb, kind, status)).toBe(status === 'running' || status === 'paused' ? null : why)
})
