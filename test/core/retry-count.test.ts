/** What `retrying (... 2 of 3)` counts. */
import { expect, test } from 'vitest'
import { type ExitFact, newLifecycle } from '../../src/core/state.ts'
import { retryCount } from '../../src/core/to-view.ts'
import type { Definition } from '../../src/protocol/definition.ts'

const exit = (code: number): ExitFact => ({ kind: 'code', code })

test.each<[string, object, object, ExitFact, { attempt: number; of: number | null }]>([
  ['a service without a limit', {}, { restarts: 4, failures: [1] }, exit(1), { attempt: 5, of: null }],
  ['failures in the window', { maxRestarts: 3 }, { restarts: 9, failures: [0, 950, 1000] }, exit(1), { attempt: 2, of: 3 }],
  [
    'a clean exit, which counts as none',
    { maxRestarts: 1 },
    { restarts: 4, failures: [1000] },
    exit(0),
    { attempt: 5, of: null },
  ],
  ['a job', { kind: 'job', retries: 2 }, { attempts: 1 }, exit(1), { attempt: 2, of: 3 }],
])('%s', (_what, changes, state, lastExit, expected) => {
  const definition = {
    kind: 'service',
    okExit: [0],
    ports: [],
    sockets: [],
    health: null,
    maxRestarts: null,
    restartWindowMs: 100,
    retries: 0,
    ...changes,
  }
  expect(
    retryCount({ definition: definition as unknown as Definition, tracked: { ...newLifecycle(0), ...state }, lastExit }),
  ).toEqual(expected)
})
