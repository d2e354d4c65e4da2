/** The commands around a run, as a table: which state they lead to, and what is done then. */
import { describe, expect, test } from 'vitest'
import type { Context, Event } from '../../src/core/events.ts'
import { step } from '../../src/core/machine.ts'
import { type Lifecycle, newLifecycle, type Policy } from '../../src/core/state.ts'
import { LIFECYCLE_COMMANDS, type LifecycleCommand } from '../../src/protocol/names.ts'
import { context, exitEvent, jobPolicy, liveAt, servicePolicy } from './support/tracked.ts'

const all: Policy = { ...servicePolicy, commands: LIFECYCLE_COMMANDS }
const ctx = (monoMs = 0, policy = all): Context => context(policy, monoMs)
const began = (name: LifecycleCommand): Event => ({ kind: 'commandBegan', run: 1, name, live: liveAt(50, 0) })
const ended = (name: LifecycleCommand, failure: string | null = null): Event => ({ kind: 'commandEnded', run: 1, name, failure })

const after = (...events: Event[]): Lifecycle =>
  events.reduce((lifecycle, event) => step(lifecycle, event, ctx()).next, newLifecycle(0))
const spawned: Event = { kind: 'spawned', run: 1, live: liveAt(101, 0) }
const begun = after({ kind: 'admitted' })
const preparing = after({ kind: 'admitted' }, began('pre-start'))
const prepared = after({ kind: 'admitted' }, began('pre-start'), ended('pre-start'))
const ready = after({ kind: 'admitted' }, began('pre-start'), ended('pre-start'), spawned)
const serving = after({ kind: 'admitted' }, began('pre-start'), ended('pre-start'), spawned, ended('post-start'))
const stop: Event = { kind: 'stopRequested', timeoutMs: null }
const leaving = step(serving, stop, ctx()).next
const signalled = step(leaving, ended('pre-stop'), ctx()).next
const gone = step(signalled, { kind: 'gone', run: 1 }, ctx()).next

/** `status (reason) phase: effects`. */
function words(before: Lifecycle, event: Event, given = ctx()): string {
  const { next, first = [], effects } = step(before, event, given)
  const phase = 'phase' in next.state ? ` ${next.state.phase}` : ''
  const done = [...first, ...effects].flatMap((effect) => {
    if (effect.do === 'clearWakes') return []
    if (effect.do === 'command') return [effect.name + (effect.again ? ' again' : '') + (effect.durable ? ' saved' : '')]
    if (effect.do === 'endTree') return [effect.force ? 'kill' : (effect.signal ?? 'signal')]
    return [effect.do === 'wake' ? `${effect.key} ${effect.afterMs}` : effect.do]
  })
  return `${next.state.status} (${next.reason ?? '-'})${phase}: ${done.join(', ')}`
}

describe('a start', () => {
  test.each<[string, Lifecycle, Event, string]>([
    ['begins with its pre-start, saved first', newLifecycle(0), { kind: 'admitted' }, 'starting (pre-start): pre-start saved'],
    ['spawns the program when that has succeeded', preparing, ended('pre-start'), 'starting (-): spawn'],
    ['is not spawned twice', prepared, ended('pre-start'), 'starting (-): '],
    [
      'fails with its pre-start, and what that left is ended',
      preparing,
      ended('pre-start', 'exit code 3'),
      'completing (pre-start: exit code 3) term: signal, grace 10000',
    ],
    [
      'is tried again when its pre-start cannot be spawned',
      begun,
      ended('pre-start', 'no such user'),
      'retrying (pre-start: no such user): delay 100',
    ],
    ['ends its pre-start when it is stopped', preparing, stop, 'completing (stopping) term: signal, grace 10000'],
    ['that has not begun is stopped at once', begun, stop, 'stopped (-): '],
    ['is not running before its post-start', prepared, spawned, 'starting (post-start): post-start'],
    ['does not care when it is ready again', ready, { kind: 'ready', run: 1 }, 'starting (post-start): '],
    ['does not count the time of its post-start', ready, { kind: 'readyElapsed', run: 1 }, 'starting (post-start): '],
    ['runs when that has succeeded', ready, ended('post-start'), 'running (-): steady 60000'],
    [
      'fails with its post-start',
      ready,
      ended('post-start', 'killed by SIGKILL'),
      'completing (post-start: killed by SIGKILL) term: signal, grace 10000',
    ],
    ['is executed once for a run', serving, ended('post-start', 'late'), 'running (-): '],
  ])('%s', (_, before, event, expected) => expect(words(before, event)).toBe(expected))

  test('whose program cannot be spawned has its post-stop', () => {
    const failed: Event = { kind: 'spawnFailed', run: 1, error: { code: 'ENOENT', message: 'no such file' } }
    const next = step(prepared, failed, ctx()).next
    expect(words(next, { kind: 'gone', run: 1 })).toBe('completing (no such file, post-stop) post-stop: post-stop saved')
  })

  test('a failed pre-start is an attempt of a job', () => {
    const policy = { ...jobPolicy, retries: 1, commands: LIFECYCLE_COMMANDS }
    const failed = step(preparing, ended('pre-start', 'exit code 3'), ctx(0, policy)).next
    expect(failed.state).toMatchObject({ status: 'completing', unspawned: true, afterwards: { go: 'retry' } })
    expect(failed).toMatchObject({ attempts: 1, error: { code: 'PRE_START_FAILED', message: 'pre-start: exit code 3' } })
  })
})

describe('a stop', () => {
  test.each<[string, Lifecycle, Event, string]>([
    ['begins with its pre-stop, saved first', serving, stop, 'completing (stopping, pre-stop) pre-stop: pre-stop saved'],
    ['goes on when that has ended', leaving, ended('pre-stop'), 'completing (stopping) term: signal, grace 10000'],
    ['goes on when that has failed', leaving, ended('pre-stop', 'exit 1'), 'completing (stopping) term: signal, grace 10000'],
    ['keeps its own timeout', leaving, { kind: 'graceElapsed', run: 1 }, 'completing (stopping, pre-stop) kill: kill, kill 2000'],
    [
      'that is asked for again with less time has it at once',
      leaving,
      { kind: 'stopRequested', timeoutMs: 500 },
      'completing (stopping, pre-stop) pre-stop: grace 500',
    ],
    [
      'within a total cuts it short',
      leaving,
      { kind: 'stopRequested', timeoutMs: 500, commandMs: 300, cause: 'halt' },
      'completing (stopping, pre-stop) pre-stop: command 300',
    ],
    ['has none before it is ready', ready, stop, 'completing (stopping) term: signal, grace 10000'],
    [
      'ends with its post-stop',
      signalled,
      { kind: 'gone', run: 1 },
      'completing (stopping, post-stop) post-stop: post-stop saved',
    ],
    ['has stopped when that has ended', gone, ended('post-stop'), 'stopped (-): '],
    ['has stopped when that has failed', gone, ended('post-stop', 'exit 1'), 'stopped (-): '],
    [
      'kills it when its own time is over',
      gone,
      { kind: 'graceElapsed', run: 1 },
      'completing (stopping, post-stop) post-stop: endCommand',
    ],
    [
      'may become a restart meanwhile',
      step(gone, { kind: 'startRequested' }, ctx()).next,
      ended('post-stop'),
      'starting (pre-start): pre-start saved',
    ],
  ])('%s', (_, before, event, expected) => expect(words(before, event)).toBe(expected))

  test('by the signal of a cancel, and within the time of a total', () => {
    const cancelled = step(serving, { kind: 'cancelRequested', signal: 'SIGINT' }, ctx()).next
    expect(words(cancelled, ended('pre-stop'))).toBe('completing (stopping) term: SIGINT, grace 10000')
    const halted = step(serving, { kind: 'stopRequested', timeoutMs: 700, commandMs: 200, cause: 'halt' }, ctx())
    expect(halted.effects).toContainEqual(
      expect.objectContaining({ do: 'command', name: 'pre-stop', limitMs: 200, drainMs: 700 }),
    )
    const left = step(halted.next, ended('pre-stop'), ctx()).next
    expect(step(left, { kind: 'gone', run: 1 }, ctx()).effects).toContainEqual(
      expect.objectContaining({ do: 'command', name: 'post-stop', limitMs: 200 }),
    )
  })

  test('of a paused program has no pre-stop', () => {
    const paused = step(serving, { kind: 'pauseRequested', now: true }, ctx()).next
    expect(words(paused, stop)).toBe('completing (stopping) term: signal, grace 10000')
  })
})

describe('a crash', () => {
  test.each<[string, Context['policy'], Parameters<typeof exitEvent>[2], string]>([
    ['has its post-stop when nothing is left', all, {}, 'completing (exit code 1) term: signal, grace 10000'],
    [
      'has it at once where leftovers stay',
      { ...all, leftovers: 'keep' },
      {},
      'completing (exit code 1, post-stop) post-stop: post-stop saved',
    ],
    [
      'has it for what went to the background',
      { ...all, leftovers: 'keep' },
      { background: true },
      'completing (went to the background; run it in the foreground, post-stop) post-stop: post-stop saved',
    ],
  ])('%s', (_, policy, extra, expected) =>
    expect(words(serving, exitEvent(1, { code: 1 }, extra), ctx(20_000, policy))).toBe(expected),
  )

  test('is followed by the next run only then', () => {
    const crashed = step(serving, exitEvent(1, { code: 1 }), ctx(20_000)).next
    const cleaning = step(crashed, { kind: 'gone', run: 1 }, ctx(20_000)).next
    expect(words(cleaning, ended('post-stop'), ctx(20_000))).toBe('starting (pre-start): pre-start saved')
  })
})

test('a command of another phase, or of another run, changes nothing', () => {
  for (const lifecycle of [begun, preparing, prepared, ready, serving, leaving, signalled, gone])
    for (const name of LIFECYCLE_COMMANDS) {
      const { state } = lifecycle
      const present = 'command' in state && !state.command?.over ? state.command?.name : undefined
      if (name !== present) expect(step(lifecycle, ended(name), ctx()).next).toBe(lifecycle)
      expect(step(lifecycle, { kind: 'commandEnded', run: 7, name, failure: null }, ctx()).next).toBe(lifecycle)
    }
})
