/** A saved process after the daemon was away, against what the process table shows. */
import { describe, expect, test } from 'vitest'
import { restore } from '../../src/core/restore.ts'
import { type ExitFact, type Lifecycle, newLifecycle, type RunRef, type State } from '../../src/core/state.ts'
import { indexTable } from '../../src/core/tree.ts'
import type { Marker, ProcessRecord, ProcessRow } from '../../src/core/world.ts'
import type { Definition } from '../../src/protocol/definition.ts'
import { row } from './support/table-rows.ts'
import { liveAt, running, servicePolicy } from './support/tracked.ts'

const HOME = '/home/of/ptrack'
const NOW = 60_000
const MOMENT = { mono: NOW, startedAtMs: () => 7_000_000 }
const ref = (number: number): RunRef => ({ number, id: `run-${number}` })
const marker = (run: number, given: Partial<Marker> = {}): Marker => ({
  id: 'web-id',
  runNumber: run,
  runId: `run-${run}`,
  home: HOME,
  daemon: false,
  ...given,
})
const recordOf = (tracked: Lifecycle, ports: number[]): ProcessRecord =>
  ({
    id: 'web-id',
    tracked,
    runs: [],
    definition: { health: null, ports, sockets: [], okExit: [0, 6], noRestartExit: [] } as unknown as Definition,
  }) as unknown as ProcessRecord
/** `recorded`: what the recorder of each run wrote down. */
const look = (tracked: Lifecycle, rows: readonly ProcessRow[], recorded: Record<number, ExitFact> = {}, ports: number[] = []) =>
  restore(recordOf(tracked, ports), indexTable(rows, HOME, 'boot'), HOME, MOMENT, (run) => recorded[run] ?? null)
const having = (state: State, runNumber = 1): Lifecycle => ({ ...newLifecycle(0), runNumber, state })

/** Run 1 of pid 101. */
const alive = running(servicePolicy)
const leader = row({ pid: 101, startTicks: 1010, marker: marker(1) })
const intended = having({ status: 'starting', run: ref(1), live: null })

describe('a lifecycle command that had not ended', () => {
  const command = (name: 'pre-start' | 'post-stop') => ({ name, live: liveAt(101, 0) })
  const exit = { kind: 'code' as const, code: 1 }
  test.each<[string, State, boolean]>([
    ['a pre-start', { status: 'starting', run: ref(1), live: null, command: command('pre-start') }, true],
    [
      'a post-stop',
      {
        status: 'completing',
        run: ref(1),
        live: liveAt(90, 0),
        phase: 'post-stop',
        afterwards: { go: 'run', reason: 'exit code 1', asked: false },
        exit,
        command: command('post-stop'),
      },
      true,
    ],
    [
      'but a pre-start that had',
      { status: 'starting', run: ref(1), live: null, command: { ...command('pre-start'), over: true } },
      false,
    ],
  ])('%s is executed again, alive or not, and is never taken for the program', (_, state, again) => {
    expect(look(having(state), [])).toMatchObject({ respawn: true, fact: null, adopted: false })
    expect(look(having(state), [leader])).toMatchObject({ respawn: again, adopted: !again })
  })
})

describe('a run that was alive', () => {
  test.each(['running', 'paused', 'completing', 'starting'])('%s, and still is: adopted as it stands', (status) => {
    const states: Record<string, State> = {
      running: alive.state,
      starting: { status: 'starting', run: ref(1), live: liveAt(101, 0) },
      paused: { status: 'paused', run: ref(1), live: liveAt(101, 0), sinceMono: 5, how: 'stopped' },
      completing: {
        status: 'completing',
        run: ref(1),
        live: liveAt(101, 0),
        phase: 'term',
        afterwards: { go: 'run', reason: 'restart requested', asked: true },
        exit: null,
      },
    }
    const restored = look(having(states[status]!), [leader])
    expect(restored).toMatchObject({ adopted: true, fact: null, respawn: false })
    expect(restored.tracked.state).toEqual({ ...states[status], live: { ...liveAt(101, 0), adopted: true } })
  })

  test.each<[string, ProcessRow[]]>([
    ['no such pid', []],
    ['its zombie', [{ ...leader, state: 'Z' }]],
    ['another process with its pid', [{ ...leader, startTicks: 1011, marker: null }]],
  ])('%s: it ended meanwhile', (_what, rows) => {
    const { adopted, fact } = look(alive, rows)
    expect(adopted).toBe(false)
    expect(fact).toMatchObject({ kind: 'exited', run: 1, exit: { kind: 'unknown' }, outage: true })
  })

  test('its recorder is gone, and the program alive: said, so that nothing begins beside it', () => {
    const program = row({ pid: 102, startTicks: 1020, marker: marker(1) })
    const live = { ...liveAt(101, 0), program: { pid: 102, startTicks: 1020, bootId: 'boot' } }
    const tracked = having({ status: 'running', run: ref(1), live, pausing: false })
    expect(look(tracked, [program]).fact).toMatchObject({ kind: 'exited', leftovers: true, programAlive: true })
    for (const row of [
      { ...program, state: 'Z' },
      { ...program, startTicks: 1021 },
    ])
      expect(look(tracked, [row]).fact).toMatchObject({ leftovers: false, programAlive: false })
  })

  test("the recorder's word counts", () => {
    const { fact } = look(alive, [], { 1: { kind: 'code', code: 3 } })
    expect(fact).toMatchObject({ kind: 'exited', exit: { kind: 'code', code: 3 } })
  })
})

describe('a run that was intended', () => {
  test('and never spawned: it is spawned now', () => {
    expect(look(intended, [])).toMatchObject({ adopted: false, fact: null, respawn: true })
  })

  test('and spawned, which was not saved any more: found by its marker', () => {
    const restored = look(intended, [row({ pid: 300, startTicks: 500, marker: marker(1) })])
    expect(restored).toMatchObject({ adopted: true, respawn: false })
    expect(restored.fact).toMatchObject({
      kind: 'spawned',
      run: 1,
      live: { leader: { pid: 300, startTicks: 500, bootId: 'boot' }, adopted: true, startedMono: 5000 },
    })
  })

  test('and spawned, and whose recorder has been killed above its program: it is not begun beside it', () => {
    const restored = look(intended, [row({ pid: 301, session: 300, marker: marker(1) })])
    expect(restored).toMatchObject({ adopted: false, respawn: false })
    expect(restored.fact).toMatchObject({
      kind: 'exited',
      run: 1,
      exit: { kind: 'unknown' },
      leftovers: true,
      programAlive: true,
    })
  })

  test.each<[string, Partial<ProcessRow>]>([
    ['dead', { state: 'Z' }],
    ['of another home', { marker: marker(1, { home: '/elsewhere' }) }],
    ['of another process', { marker: marker(1, { id: 'api-id' }) }],
    ['of another run', { marker: marker(1, { runId: 'run-x' }) }],
    ['a daemon', { marker: marker(1, { daemon: true }) }],
    ['without a marker', { marker: null }],
  ])('what is %s is not taken for it', (_what, given) => {
    const restored = look(intended, [row({ pid: 300, marker: marker(1), ...given })])
    expect(restored).toMatchObject({ adopted: false, respawn: true })
  })

  test.each([
    [300, 200],
    [200, 300],
  ])('its leader is told from a child that leads a session of its own (pids %i, %i)', (leaderPid, childPid) => {
    const leads = row({ pid: leaderPid, startTicks: 500, marker: marker(1) })
    const child = row({ pid: childPid, startTicks: 510, marker: marker(1) })
    for (const rows of [
      [leads, child],
      [child, leads],
    ]) {
      const fact = look(intended, rows).fact
      expect(fact?.kind === 'spawned' && fact.live.leader.pid).toBe(leaderPid)
    }
  })
})

describe('a later run than the saved one', () => {
  const retrying = having({ status: 'retrying', dueMono: 0, delayMs: 100, exit: null }, 4)
  test('is adopted, and the runs in between are counted as restarts', () => {
    const rows = [
      row({ pid: 400, startTicks: 800, marker: marker(7) }),
      row({ pid: 390, startTicks: 790, marker: marker(6) }),
      row({ pid: 410, startTicks: 810, marker: marker(7) }),
    ]
    for (const shuffled of [rows, rows.toReversed()]) {
      const restored = look({ ...retrying, restarts: 3 }, shuffled)
      expect(restored).toMatchObject({ adopted: true, fact: null, respawn: false })
      expect(restored.tracked).toMatchObject({
        runNumber: 7,
        restarts: 6,
        state: { status: 'running', run: { number: 7, id: 'run-7' }, live: { leader: { pid: 400 }, startedMono: 8000 } },
      })
    }
  })

  test.each([
    ['for the first time', 0, 0],
    ['for its third attempt', 2, 2],
  ])('of a job that waited for a slot %s: begun meanwhile, and no restart twice counted', (_what, runNumber, restarts) => {
    const queued = { ...having({ status: 'pending', why: 'queue', turn: 5 }, runNumber), restarts }
    const restored = look(queued, [row({ pid: 400, marker: marker(runNumber + 1) })])
    expect(restored).toMatchObject({ adopted: true, fact: null, respawn: false })
    expect(restored.tracked).toMatchObject({ runNumber: runNumber + 1, restarts, state: { status: 'running' } })
    const late = look(queued, [], { [runNumber + 1]: { kind: 'code', code: 4 } })
    expect(late.fact).toMatchObject({ kind: 'exited', run: runNumber + 1, exit: { code: 4 }, outage: true })
    expect(late.tracked).toMatchObject({ runNumber: runNumber + 1, restarts, attempts: 0 })
  })

  test('has to be ready again where that is probed', () => {
    const restored = look(retrying, [row({ pid: 400, startTicks: 800, marker: marker(5) })], {}, [8080])
    expect(restored.tracked.state).toMatchObject({ status: 'starting', run: { number: 5 }, live: { leader: { pid: 400 } } })
  })

  test.each([
    ['the same run', marker(4)],
    ['an earlier one', marker(3)],
    ['a later one of another process', marker(9, { id: 'api-id' })],
  ])('%s is no later run', (_what, given) => {
    const restored = look(retrying, [row({ pid: 400, marker: given })])
    expect(restored).toMatchObject({ adopted: false, fact: null, respawn: false })
    expect(restored.tracked).toBe(retrying)
  })
})

describe('runs that a later one followed before the state was written', () => {
  const newest = row({ pid: 400, startTicks: 800, marker: marker(4) })
  const of = ({ passed }: ReturnType<typeof look>) => passed.map(({ ref, exit, outcome }) => [ref.number, exit, outcome])

  test('the one that was alive, and those after it, are over: each gets its row, with the exit that its recorder wrote', () => {
    const { passed, tracked } = look(alive, [newest], { 2: { kind: 'code', code: 0 } })
    expect(tracked.runNumber).toBe(4)
    expect(passed).toEqual([
      expect.objectContaining({
        ref: 'run' in alive.state ? alive.state.run : null,
        startedAtMs: liveAt(101, 0).startedAtMs,
        endedAtMs: MOMENT.startedAtMs(),
        outcome: 'failed',
        exit: { kind: 'unknown' },
        leader: liveAt(101, 0).leader,
        outage: true,
        inHistory: false,
      }),
      expect.objectContaining({ ref: { number: 2, id: 'web-id-2' }, outcome: 'done', exit: { kind: 'code', code: 0 } }),
      expect.objectContaining({ ref: { number: 3, id: 'web-id-3' }, outcome: 'failed', exit: { kind: 'unknown' } }),
    ])
  })

  test('of one that had ended, only those after it', () => {
    const retrying = having({ status: 'retrying', dueMono: 0, delayMs: 100, exit: null }, 2)
    expect(of(look(retrying, [newest]))).toEqual([[3, { kind: 'unknown' }, 'failed']])
  })

  test('whose exit is known, because only its tree was being ended', () => {
    const completing: State = {
      status: 'completing',
      run: ref(1),
      live: liveAt(101, 0),
      phase: 'term',
      afterwards: { go: 'retry', delayMs: 0, reason: 'exit code 9' },
      exit: { kind: 'code', code: 9 },
    }
    expect(of(look(having(completing), [row({ pid: 400, marker: marker(2) })]))).toEqual([
      [1, { kind: 'code', code: 9 }, 'failed'],
    ])
  })

  test('with a code that its definition accepts', () => {
    expect(of(look(alive, [newest], { 1: { kind: 'code', code: 6 } }))[0]).toEqual([1, { kind: 'code', code: 6 }, 'done'])
  })

  test('where the last of them is over too, and only its record says so', () => {
    const recorded: Record<number, ExitFact> = {
      1: { kind: 'code', code: 1 },
      2: { kind: 'code', code: 2 },
      3: { kind: 'code', code: 3 },
    }
    const restored = look(alive, [], recorded)
    expect(restored.fact).toMatchObject({ kind: 'exited', run: 3, exit: { code: 3 } })
    expect(of(restored)).toEqual([
      [1, { kind: 'code', code: 1 }, 'failed'],
      [2, { kind: 'code', code: 2 }, 'failed'],
    ])
  })
})

test.each<State>([
  { status: 'pending', why: 'queue', turn: 3 },
  { status: 'retrying', dueMono: 1, delayMs: 1, exit: null },
  { status: 'stopped', exit: null },
  { status: 'failed', exit: { kind: 'code', code: 1 } },
])('$status stays so', (state) => {
  const tracked = having(state)
  expect(look(tracked, [leader])).toEqual({ tracked, adopted: false, fact: null, respawn: false, passed: [] })
})
