import { expect, test } from 'vitest'
import { toView } from '../../src/core/to-view.ts'
import { emptyObserved } from '../../src/supervisor/registry.ts'
import { uptimeMs } from '../../src/words/status.ts'
import { record } from '../adapters/support/state-store.ts'
import { liveState } from '../supervisor/support/supervisor.ts'

const NOW = Date.parse('2026-11-22T13:00:00.000Z')

test('a run that is not spawned yet has no times: those of the run before are not its own', () => {
  const web = record('web')
  web.startedAtMs = NOW - 60_000
  web.endedAtMs = NOW - 1000
  const viewIn = (state: object) => {
    web.tracked = { ...web.tracked, wanted: 'up', state: state as typeof web.tracked.state }
    return toView(web, emptyObserved(), NOW, 0, null, null, null)
  }
  const coming = viewIn({ ...liveState('starting', 2), live: null })
  expect(coming).toMatchObject({ startedAt: null, endedAt: null, elapsedMs: null })
  expect(uptimeMs(coming, NOW)).toBe(null)
  const begun = viewIn(liveState('starting', 2))
  expect(begun).toMatchObject({ startedAt: '2026-11-22T12:59:00.000Z', endedAt: null, elapsedMs: 60_000 })
  expect(viewIn({ status: 'stopped', exit: null })).toMatchObject({ elapsedMs: 59_000 })
})
