/** The building blocks of the cells: entering a state together with the effects that it requires. */
import assert from 'node:assert'
import type { EndedStatus, LifecycleCommand, Wanted } from '../../protocol/names.ts'
import type { Context, Effect, Event, Step } from '../events.ts'
import { attemptOf } from '../restart.ts'
import type { ExitFact, Lifecycle, LiveRun, LiveState, Next, ProcessError, RunRef, State, StopRules } from '../state.ts'

/** After SIGKILL the kernel needs no longer than this, unless the process is stuck in it. */
export const KILL_WAIT_MS = 2000

export type Live = { run: RunRef; live: LiveRun }

export type WithLive = Lifecycle & { state: Extract<State, { live: LiveRun }> }
export type In<S extends State['status']> = Lifecycle & { state: LiveState<S> }

export const unchanged = (lifecycle: Lifecycle): Step => ({ next: lifecycle, effects: [] })

/** Nothing to do: the wish is already fulfilled, or the fact comes too late to matter. */
export const ignore = (lifecycle: Lifecycle): Step => unchanged(lifecycle)

/** A programming error, reported loudly. */
export function impossible(lifecycle: Lifecycle, event: Event): Step {
  assert.fail(`${event.kind} while ${lifecycle.state.status}`)
}

export function enter(lifecycle: Lifecycle, state: State, reason: string | null, ctx: Context): Lifecycle {
  return { ...lifecycle, state, reason, sinceMs: ctx.wallMs }
}

export const wanting = (lifecycle: Lifecycle, wanted: Wanted): Lifecycle =>
  lifecycle.wanted === wanted ? lifecycle : { ...lifecycle, wanted }

export const fresh = (lifecycle: Lifecycle): Lifecycle => ({
  ...lifecycle,
  wanted: 'up',
  failures: [],
  backoffStep: 0,
  crashLoop: false,
  restarts: 0,
  attempts: 0,
  error: null,
})

export function begin(lifecycle: Lifecycle, reason: string | null, durable: boolean, ctx: Context): Step {
  const number = Math.max(lifecycle.runNumber, ctx.given) + 1
  const run: RunRef = { number, id: ctx.newRunId(), attempt: attemptOf(ctx.policy.kind, lifecycle) }
  const { commands } = ctx.policy
  if (commands.includes('pre-start'))
    return {
      next: enter(
        { ...lifecycle, runNumber: run.number },
        { status: 'starting', run, live: null, command: { name: 'pre-start', live: null } },
        'pre-start',
        ctx,
      ),
      effects: [{ do: 'clearWakes' }, command('pre-start', run, { durable: true })],
    }
  const next = enter({ ...lifecycle, runNumber: run.number }, { status: 'starting', run, live: null }, reason, ctx)
  // Of a run that it does not know, a later daemon could not tell the commands from the program.
  const saved = durable || commands.length > 0
  const spawn: Effect = { do: 'spawn', run, durable: saved }
  return saved ? { next, effects: [{ do: 'clearWakes' }, spawn] } : { next, first: [spawn], effects: [{ do: 'clearWakes' }] }
}

export const command = (
  name: LifecycleCommand,
  run: RunRef,
  more: Partial<Omit<Extract<Effect, { do: 'command' }>, 'do' | 'name' | 'run'>> = {},
): Effect => ({ do: 'command', name, run, durable: false, limitMs: null, ...more })

/** The reason of what is being done, while one of its commands is under way. */
export const during = (reason: string | null, name: LifecycleCommand): string => `${without(reason) ?? 'ended'}, ${name}`
export const without = (reason: string | null): string | null => reason?.replace(/, (pre|post)-stop$/, '') ?? null

/** It has to wait; if it already has a place in the queue, it keeps it. */
export function wait(lifecycle: Lifecycle, { why, reason }: NonNullable<Context['wait']>, ctx: Context): Step {
  const { state } = lifecycle
  const kept = state.status === 'pending' && state.why === why ? state.turn : 0
  const turn = why === 'queue' && kept === 0 ? ctx.takeTurn() : kept
  if (state.status === 'pending' && state.why === why && state.turn === turn && lifecycle.reason === reason)
    return unchanged(lifecycle)
  return { next: enter(lifecycle, { status: 'pending', why, turn }, reason, ctx), effects: [{ do: 'clearWakes' }] }
}

export function end(
  lifecycle: Lifecycle,
  status: EndedStatus,
  reason: string | null,
  error: ProcessError | null,
  exit: ExitFact | null,
  ctx: Context,
): Step {
  return { next: { ...enter(lifecycle, { status, exit }, reason, ctx), error }, effects: [{ do: 'clearWakes' }] }
}

/** What a stop means: a service is stopped, a job cancelled. */
export const stopped = (ctx: Context): Extract<Next, { go: 'end' }> => ({
  go: 'end',
  status: ctx.policy.kind === 'service' ? 'stopped' : 'cancelled',
  reason: null,
  error: null,
})

export const HALTED = 'stopped with the daemon'

/** A job that the machine's shutdown ended gets the outcome that a loss of power would have given it. */
export const interrupted: Extract<Next, { go: 'end' }> = {
  go: 'end',
  status: 'interrupted',
  reason: 'the machine was shut down',
  error: { code: 'INTERRUPTED', message: 'the machine was shut down' },
}

export function complete(
  lifecycle: Lifecycle,
  { run, live }: Live,
  afterwards: Next,
  reason: string,
  graceMs: number,
  exit: ExitFact | null,
  ctx: Context,
  { durable = false, signal, commandMs = null }: { durable?: boolean } & Omit<StopRules, 'graceMs'> = {},
): Step {
  const before = lifecycle.state
  const unspawned = 'command' in before && before.command?.name === 'pre-start'
  const rules = { graceMs, ...(signal !== undefined && { signal }), commandMs }
  const ending = { status: 'completing', run, live, afterwards, exit, ...(unspawned && { unspawned }) } as const
  // A program that is paused, or has not become ready, could not act on what its pre-stop asks of it.
  if (exit === null && before.status === 'running' && ctx.policy.commands.includes('pre-stop'))
    return {
      next: enter(
        lifecycle,
        { ...ending, phase: 'pre-stop', command: { name: 'pre-stop', live: null }, rules },
        during(reason, 'pre-stop'),
        ctx,
      ),
      effects: [{ do: 'clearWakes' }, command('pre-stop', run, { durable, limitMs: commandMs, drainMs: graceMs })],
    }
  return {
    next: enter(lifecycle, { ...ending, phase: 'term', ...(commandMs !== null && { rules }) }, reason, ctx),
    effects: [{ do: 'clearWakes' }, ...signalTree(run, rules, durable)],
  }
}

export const signalTree = (run: RunRef, { graceMs, signal }: StopRules, durable: boolean): Effect[] => [
  { do: 'endTree', run, force: false, durable, ...(signal !== undefined && { signal }) },
  { do: 'wake', key: 'grace', afterMs: graceMs, event: { kind: 'graceElapsed', run: run.number } },
]

/** Nothing of the run is alive, or to be ended: its post-stop, and then what follows. */
export function conclude(
  lifecycle: Lifecycle,
  { run, live }: Live,
  next: Next,
  exit: ExitFact | null,
  ctx: Context,
  { rules, unspawned }: { rules?: StopRules | undefined; unspawned?: true | undefined } = {},
): Step {
  if (!ctx.policy.commands.includes('post-stop')) return followUp(lifecycle, next, exit, ctx)
  const state: State = {
    status: 'completing',
    run,
    live,
    phase: 'post-stop',
    afterwards: next,
    exit,
    command: { name: 'post-stop', live: null },
    ...(rules && { rules }),
    ...(unspawned && { unspawned }),
  }
  return {
    next: enter(lifecycle, state, during(lifecycle.reason ?? next.reason, 'post-stop'), ctx),
    effects: [{ do: 'clearWakes' }, command('post-stop', run, { durable: true, limitMs: rules?.commandMs ?? null })],
  }
}

export function followUp(lifecycle: Lifecycle, next: Next, exit: ExitFact | null, ctx: Context): Step {
  switch (next.go) {
    case 'end':
      return end(lifecycle, next.status, next.reason, next.error, exit, ctx)
    case 'run':
      if (next.asked && ctx.wait !== null) return wait(lifecycle, ctx.wait, ctx)
      return begin(lifecycle, next.reason, lifecycle.restarts === 0 && lifecycle.failures.length === 0, ctx)
    case 'retry': {
      const state: State = { status: 'retrying', dueMono: ctx.monoMs + next.delayMs, delayMs: next.delayMs, exit }
      const wake: Effect = {
        do: 'wake',
        key: 'delay',
        afterMs: next.delayMs,
        event: { kind: 'delayElapsed', run: lifecycle.runNumber },
      }
      return { next: enter(lifecycle, state, next.reason, ctx), effects: [{ do: 'clearWakes' }, wake] }
    }
  }
}
