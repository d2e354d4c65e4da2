/** The table is complete, and docs/states.md is what it says: UPDATE_STATES=1 writes the page anew. */
import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { Context, Event, EventKind } from '../../src/core/events.ts'
import { step, table } from '../../src/core/machine.ts'
import { ROWS, type Row } from '../../src/core/rows.ts'
import { type Lifecycle, newLifecycle, type State } from '../../src/core/state.ts'
import { LIFECYCLE_COMMANDS } from '../../src/protocol/names.ts'
import { context, exitEvent, externalPolicy, jobPolicy, liveAt, running, servicePolicy } from './support/tracked.ts'

const page = new URL('../../docs/states.md', import.meta.url)
const ready = { ...servicePolicy, readiness: true }

const samples: Record<Row, Lifecycle> = (() => {
  const run = running(servicePolicy)
  const intended = step(
    { ...run, state: { status: 'failed', exit: null } },
    { kind: 'startRequested' },
    context(servicePolicy),
  ).next
  return {
    pending: { ...run, state: { status: 'pending', why: 'queue', turn: 1 } },
    intended,
    preparing: { ...intended, state: { ...intended.state, command: { name: 'pre-start', live: liveAt(8, 0) } } as State },
    starting: step(intended, { kind: 'spawned', run: intended.runNumber, live: liveAt(9, 0) }, context(ready)).next,
    running: run,
    paused: step(run, { kind: 'pauseRequested', now: true }, context(servicePolicy)).next,
    completing: step(run, { kind: 'stopRequested', timeoutMs: null }, context(servicePolicy)).next,
    retrying: step(run, exitEvent(1, { code: 1 }), context({ ...servicePolicy, leftovers: 'keep' })).next,
    ended: { ...run, state: { status: 'stopped', exit: null } },
    external: step(newLifecycle(0), { kind: 'externalBegan', pid: 7, leaseMs: 60_000 }, context(externalPolicy)).next,
  }
})()

const events = Object.keys(table.running) as EventKind[]

/** With the command that the event is about. */
function sampleOf(row: Row, kind: EventKind): Lifecycle {
  const tracked = samples[row]
  const { state } = tracked
  if (!kind.startsWith('command') || !(row in NAME)) return tracked
  const under = { command: { name: NAME[row as keyof typeof NAME], live: null } }
  if (state.status === 'completing') return { ...tracked, state: { ...state, ...under, phase: 'pre-stop' } as State }
  return row === 'preparing' ? tracked : { ...tracked, state: { ...state, ...under } as State }
}

const NAME = { intended: 'pre-start', preparing: 'pre-start', starting: 'post-start', completing: 'pre-stop' } as const

function eventOf(kind: EventKind, run: number, row: Row): Event {
  const name = NAME[row as keyof typeof NAME] ?? 'pre-stop'
  switch (kind) {
    case 'spawned':
      return { kind, run, live: liveAt(9, 0) }
    case 'spawnFailed':
      return { kind, run, error: { code: 'ENOENT', message: 'no such file' } }
    case 'commandBegan':
      return { kind, run, name, live: liveAt(8, 0) }
    case 'commandEnded':
      return { kind, run, name, failure: null }
    case 'violated':
      return { kind, run, reason: 'unhealthy', error: { code: 'UNHEALTHY', message: 'unhealthy' } }
    case 'exited':
      return exitEvent(run, { code: 1 })
    case 'stopRequested':
      return { kind, timeoutMs: null }
    case 'pauseRequested':
      return { kind, now: false }
    case 'tookOver':
      return { kind, by: { run: { number: run + 1, id: 'beside' }, live: liveAt(10, 0) } }
    case 'externalBegan':
      return { kind, pid: 7, leaseMs: 60_000 }
    case 'externalEnded':
      return { kind, run, outcome: 'done', error: null }
    default:
      return { kind, run } as Event
  }
}

const queue = { wait: { why: 'queue' as const, reason: 'waiting for a free slot' }, takeTurn: () => 9 }
/** The circumstances in which each cell is tried. */
const CASES: readonly Context[] = [
  context(servicePolicy, 20_000),
  context({ ...servicePolicy, leftovers: 'keep' }, 20_000),
  context(jobPolicy, 20_000),
  context(jobPolicy, 20_000, queue),
  context(jobPolicy, 20_000, { cooperative: true }),
  context({ ...ready, restart: 'never', leftovers: 'keep' }, 20_000),
  context({ ...servicePolicy, commands: LIFECYCLE_COMMANDS }, 20_000),
]

/** Where a cell leads: tried with a service and a job, ready or not, free to begin or not, asking at checkpoints or not. */
function outcomes(row: Row, kind: EventKind): string {
  const action = table[row][kind].name || 'beginStop'
  if (action === 'impossible') return 'impossible'
  const seen = new Set<string>()
  for (const given of row === 'external' ? [context(externalPolicy, 20_000)] : CASES) {
    const tracked = sampleOf(row, kind)
    const { next, effects } = step(tracked, eventOf(kind, tracked.runNumber, row), given)
    if (next.state.status !== tracked.state.status || next.runNumber !== tracked.runNumber) seen.add(next.state.status)
    else if (next !== tracked || effects.length > 0) seen.add('same')
  }
  if (seen.size === 0) return '·'
  return [...seen].sort().join(', ')
}

function print(): string {
  const words = (name: string) => name.replace(/([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`)
  const lines = [
    '# The life of a process',
    '',
    'Printed from the table in `src/core/machine.ts` by `test/core/machine.table.test.ts`; do not edit by hand.',
    '',
    'Rows are what happened, columns what is so: `intended` is starting with nothing spawned yet, `preparing` with only its pre-start',
    'spawned; `ended` stands for done, failed,',
    'cancelled, timeout, stopped and interrupted, which behave alike; `external` is a live process that was started elsewhere. A cell',
    'names where it leads (several: policy, kind, leftovers, slots, dependencies and checkpoints decide), `same` = the status stays',
    'and something about it changes, `·` = nothing to do, `!` = cannot happen and is',
    'treated as a programming error. A fact about an earlier run is dropped before the table is asked.',
    '',
    `| | ${ROWS.join(' | ')} |`,
    `|---|${ROWS.map(() => '---').join('|')}|`,
    ...events.map(
      (kind) => `| ${words(kind)} | ${ROWS.map((row) => outcomes(row, kind).replace('impossible', '!')).join(' | ')} |`,
    ),
    '',
  ]
  return lines.join('\n')
}

test('every cell is written and callable', () => {
  for (const row of ROWS) expect(Object.keys(table[row]).sort(), row).toEqual([...events].sort())
})

test('docs/states.md is what the table says', () => {
  if (process.env.UPDATE_STATES) writeFileSync(page, print())
  expect(readFileSync(page, 'utf8'), 'run UPDATE_STATES=1 npx vitest run test/core/machine.table.test.ts').toBe(print())
})

test('a fact of an earlier run changes nothing, whatever it is', () => {
  for (const row of ROWS) {
    const tracked = { ...samples[row], runNumber: samples[row].runNumber + 1 }
    for (const kind of events) {
      const event = eventOf(kind, samples[row].runNumber, row)
      if ('run' in event && kind !== 'admitted' && kind !== 'rebooted' && !kind.endsWith('Requested'))
        expect(step(tracked, event, context(servicePolicy)).next, `${kind} in ${row}`).toBe(tracked)
    }
  }
})
