/** When nothing at all is left, none of it has failed; when something is, what is gone has. */
import { describe, expect, test } from 'vitest'
import { HALTED } from '../../src/core/cells/moves.ts'
import { step } from '../../src/core/machine.ts'
import { ENDED_TOGETHER, endedTogether } from '../../src/core/outage.ts'
import { newLifecycle, type State } from '../../src/core/state.ts'
import { indexTable } from '../../src/core/tree.ts'
import type { ProcessRow } from '../../src/core/world.ts'
import { row } from './support/table-rows.ts'
import { context, jobPolicy, liveAt, running, servicePolicy } from './support/tracked.ts'

const HOME = '/home/of/ptrack'
const run = { number: 1, id: 'run-1' }
const live: State = { status: 'running', run, live: liveAt(101, 0), pausing: false }
const stopped: State = { status: 'stopped', exit: null }
const retrying: State = { status: 'retrying', dueMono: 5, delayMs: 5, exit: null }
const intended: State = { status: 'starting', run, live: null }
const child = row({ pid: 150, marker: { id: 'web-id', runNumber: 1, runId: 'run-1', home: HOME, daemon: false } })

test.each<[string, { state: State; adopted: boolean }[], ProcessRow[], boolean]>([
  ['nothing ran', [{ state: stopped, adopted: false }], [], false],
  ['nothing but what waited to be tried again', [{ state: retrying, adopted: false }], [], false],
  ['nothing but what was about to be spawned', [{ state: intended, adopted: false }], [], false],
  ['the only one is gone', [{ state: live, adopted: false }], [], true],
  ['all are gone, and some had ended before', [live, stopped, live].map((state) => ({ state, adopted: false })), [], true],
  [
    'one lives',
    [
      { state: live, adopted: false },
      { state: live, adopted: true },
    ],
    [],
    false,
  ],
  ['all leaders are gone, a child of one lives', [{ state: live, adopted: false }], [child], false],
  ['all leaders are gone, a child is a zombie', [{ state: live, adopted: false }], [{ ...child, state: 'Z' }], true],
])('%s', (_what, all, rows, together) => {
  expect(endedTogether(all, indexTable(rows, HOME, 'boot'))).toBe(together)
})

test('a service that ended together with the daemon starts again without a failure, or waits for others first', () => {
  const event = { kind: 'rebooted', reason: ENDED_TOGETHER } as const
  const again = step(running(servicePolicy), event, context(servicePolicy, 50)).next
  expect(again).toMatchObject({ runNumber: 2, failures: [], restarts: 0, wanted: 'up', state: { status: 'starting' } })
  const wait = { why: 'dependency', reason: 'waiting for db to be healthy' } as const
  const waiting = step(running(servicePolicy), event, context(servicePolicy, 50, { wait })).next
  expect(waiting).toMatchObject({ runNumber: 1, failures: [], reason: wait.reason, state: { status: 'pending' } })
})

describe('stopped with the daemon', () => {
  const halt = { kind: 'stopRequested', timeoutMs: null, cause: 'halt' } as const
  test.each([
    ['a service', servicePolicy, 'stopped'],
    ['a job', jobPolicy, 'cancelled'],
  ] as const)('%s that runs: ended, still wanted, and says why', (_what, policy, status) => {
    const ending = step(running(policy), halt, context(policy, 50)).next
    expect(ending).toMatchObject({ wanted: 'up', state: { status: 'completing' } })
    const ended = step(ending, { kind: 'gone', run: 1 }, context(policy, 60)).next
    expect(ended).toMatchObject({ wanted: 'up', reason: HALTED, state: { status } })
  })

  test('a service that waits to be tried again: the same', () => {
    const waiting = { ...newLifecycle(0), runNumber: 1, state: retrying }
    const { next } = step(waiting, halt, context(servicePolicy, 50))
    expect(next).toMatchObject({ wanted: 'up', reason: HALTED, state: { status: 'stopped' } })
  })

  test('a stop by a person, or of one that a person was stopping already, stays a stop', () => {
    const stopping = step(running(servicePolicy), { kind: 'stopRequested', timeoutMs: null }, context(servicePolicy, 50)).next
    const both = step(stopping, halt, context(servicePolicy, 55)).next
    expect(step(both, { kind: 'gone', run: 1 }, context(servicePolicy, 60)).next).toMatchObject({ wanted: 'down' })
  })
})
