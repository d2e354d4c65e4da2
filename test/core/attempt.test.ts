/** Which attempt a run is: it is part of the run from its beginning on, whatever happens to the process while it lives. */
import { describe, expect, test } from 'vitest'
import type { Event } from '../../src/core/events.ts'
import { step } from '../../src/core/machine.ts'
import { restore } from '../../src/core/restore.ts'
import type { Lifecycle, Policy, RunRef } from '../../src/core/state.ts'
import { indexTable } from '../../src/core/tree.ts'
import type { ProcessRecord } from '../../src/core/world.ts'
import { row } from './support/table-rows.ts'
import { context, exitEvent, jobPolicy, liveAt, running, servicePolicy } from './support/tracked.ts'

const job: Policy = { ...jobPolicy, retries: 9, retryInterrupted: true }
const runOf = ({ state }: Lifecycle): RunRef | null => ('run' in state ? state.run : null)

/** `again`: its present run ends like that, and the next one begins. */
type Doing = Event | { again: 'failed' | 'lost' }

function having(policy: Policy, doings: readonly Doing[]): Lifecycle {
  let tracked = running(policy)
  const take = (event: Event): void => {
    tracked = step(tracked, event, context(policy)).next
  }
  for (const doing of doings) {
    if ('kind' in doing) take(doing)
    else {
      const run = tracked.runNumber
      take(exitEvent(run, doing.again === 'lost' ? 'unknown' : { code: 1 }))
      if (tracked.state.status === 'completing') take({ kind: 'gone', run })
      take({ kind: 'delayElapsed', run })
      take({ kind: 'spawned', run: run + 1, live: liveAt(101 + run, 0) })
    }
  }
  return tracked
}

const failed: Doing = { again: 'failed' }
const lost: Doing = { again: 'lost' }
const reset: Event = { kind: 'resetRequested' }
const restart: Event = { kind: 'restartRequested' }

test.each<[string, Policy, Doing[], number, number]>([
  ['the first', job, [], 1, 1],
  ['after a failure', job, [failed, failed], 3, 3],
  ['after a run whose end was lost, which uses up no retry', job, [failed, lost, lost], 4, 4],
  ['after failures that a person said not to count', job, [failed, failed, reset, failed], 4, 4],
  ['while the run is ended because a person asked for a restart', job, [failed, failed, restart], 3, 3],
  ['of a service that crashed: each of its runs stands for itself', servicePolicy, [failed, failed], 3, 1],
])('%s', (_what, policy, doings, number, attempt) => {
  expect(runOf(having(policy, doings))).toMatchObject({ number, attempt })
})

test('a run that a person asked for is a first attempt again', () => {
  const ending = having(job, [failed, restart])
  const next = step(ending, { kind: 'gone', run: 2 }, context(job)).next
  expect(runOf(next)).toMatchObject({ number: 3, attempt: 1 })
})

describe('a run that began while no daemon wrote it down', () => {
  const HOME = '/home/of/ptrack'
  const restored = (tracked: Lifecycle, run: number, alive: boolean): RunRef | null => {
    const record = {
      id: 'j',
      tracked,
      runs: [],
      definition: { kind: 'job', health: null, ports: [], sockets: [], okExit: [0], noRestartExit: [] },
    } as unknown as ProcessRecord
    const marker = { id: 'j', runNumber: run, runId: `run-${run}`, home: HOME, daemon: false }
    const index = indexTable(alive ? [row({ pid: 400, marker })] : [], HOME, 'boot')
    const recorded = (number: number) => (alive || number > run ? null : { kind: 'code' as const, code: 0 })
    return runOf(restore(record, index, HOME, { mono: 0, startedAtMs: () => 0 }, recorded).tracked)
  }
  const retrying = step(having(job, [failed]), exitEvent(2, { code: 1 }), context(job)).next
  const queued = step(retrying, { kind: 'delayElapsed', run: 2 }, context(job, 0, { wait: { why: 'queue', reason: 'q' } })).next
  test.each([
    ['alive, and the state has the run before as running', having(job, [failed]), 3],
    ['alive, and the state has it waiting for its retry', retrying, 3],
    ['alive, and the state has it waiting for a slot', queued, 3],
    ['alive, some runs later', retrying, 5],
  ])('%s', (_what, tracked, run) => {
    expect(restored(tracked, run, true)).toMatchObject({ number: run, attempt: run })
    expect(restored(tracked, run, false)).toMatchObject({ number: run, attempt: run })
  })
})
