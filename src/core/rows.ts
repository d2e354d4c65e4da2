/** The rows of the table in machine.ts: which state a process is in, as far as the table is concerned. */
import { isEnded, type Status } from '../protocol/names.ts'
import type { Context, EventKind, EventOf, Step } from './events.ts'
import type { ExternalState, Lifecycle, LiveState, State } from './state.ts'

/**
 * `intended`: starting, nothing spawned yet. `preparing`: its pre-start was spawned, and the program was not. All ended statuses
 * behave alike, and so do all live ones of an external process.
 */
export const ROWS = [
  'pending',
  'intended',
  'preparing',
  'starting',
  'running',
  'paused',
  'completing',
  'retrying',
  'ended',
  'external',
] as const
export type Row = (typeof ROWS)[number]

type Live = Extract<State, { live: unknown }>
type StateOf<R extends Row> = R extends 'ended'
  ? Exclude<State, Live | ExternalState | { status: 'pending' } | { status: 'retrying' }>
  : R extends 'external'
    ? ExternalState
    : R extends 'intended' | 'preparing'
      ? Extract<State, { status: 'starting' }>
      : Exclude<Extract<State, { status: R }>, ExternalState>
type Cell<R extends Row, K extends EventKind> = (
  lifecycle: Lifecycle & { state: StateOf<R> },
  event: EventOf<K>,
  ctx: Context,
) => Step
export type Table = { [R in Row]: { [K in EventKind]: Cell<R, K> } }

export function rowOf(state: State): Row {
  if ('external' in state) return 'external'
  if (state.status === 'starting' && state.live !== null) return 'starting'
  if (state.status === 'starting') return state.command?.live ? 'preparing' : 'intended'
  return isEnded(state.status as Status) ? 'ended' : (state.status as Row)
}

type Starting = Lifecycle & { state: LiveState<'starting'> }
type Running = Lifecycle & { state: LiveState<'running'> }

/** In the row `starting` something was spawned. */
export const alive = (lifecycle: Starting): Running => lifecycle as never

/** In the row `preparing` a pre-start was spawned, which is all that there is of the run. */
export const prepared = (lifecycle: Starting): Running =>
  ({ ...lifecycle, state: { ...lifecycle.state, live: lifecycle.state.command?.live } }) as never
