/**
 * Runs beside the one that serves: during a rolling reload a slot has a successor, which serves no request before it is healthy, and
 * predecessors, which finish what they have begun. Pure: docs/sockets.md is the prose of this table.
 */
import type { Definition } from '../protocol/definition.ts'
import { KILL_WAIT_MS } from './cells/moves.ts'
import { describeExit } from './exit-meaning.ts'
import type { ExitFact, Identity, LiveRun, RunRef } from './state.ts'

export interface Successor {
  run: RunRef
  /** null = the intent is saved, nothing is spawned yet. */
  live: LiveRun | null
  phase: 'checking' | 'ending'
  /** Why it does not take over; null while it may. */
  why: string | null
}

/** How to end a run that was begun by an earlier definition. */
export interface EndRules {
  signal: string
  stopTimeoutMs: number
  drainTimeoutMs: number
  /** Absent in states from before there were any. */
  commands?: Pick<Definition, 'preStop' | 'postStop' | 'lifecycleTimeoutMs'> | undefined
}

export interface Predecessor {
  run: RunRef
  live: LiveRun
  /** `post-stop`: nothing of it is alive. */
  phase: 'draining' | 'pre-stop' | 'term' | 'kill' | 'unkillable' | 'post-stop'
  /** Monotonic ms. */
  sinceMono: number
  rules: EndRules
  exit: ExitFact | null
  forced?: true | undefined
}

export interface Handover {
  /** The highest number that a run beside the one in the state has had: later runs get higher ones. */
  given: number
  successor: Successor | null
  predecessors: readonly Predecessor[]
}

export const noHandover: Handover = { given: 0, successor: null, predecessors: [] }

export const isQuiet = ({ successor, predecessors }: Handover): boolean => successor === null && predecessors.length === 0

export type HandoverEvent =
  | { kind: 'begun'; run: RunRef }
  | { kind: 'spawned'; run: string; live: LiveRun }
  | { kind: 'programFound'; run: string; program: Identity }
  /** It takes over: what served until now becomes a predecessor; null = nothing did. */
  | { kind: 'promoted'; run: string; from: { run: RunRef; live: LiveRun; rules: EndRules } | null }
  /** It does not take over: it is not healthy, or no longer wanted. */
  | { kind: 'refused'; run: string; why: string }
  | { kind: 'drained'; run: string }
  /** The time of a phase is over. */
  | { kind: 'elapsed'; run: string; phase: Predecessor['phase'] }
  /** The process was stopped or restarted: predecessors are to end now. */
  | { kind: 'hurried' }
  | { kind: 'exited'; run: string; exit: ExitFact }
  /** Its pre-stop or post-stop, with success or not. */
  | { kind: 'commandEnded'; run: string; name: 'pre-stop' | 'post-stop' }
  /** Nothing of the run is alive. */
  | { kind: 'gone'; run: string }

export type HandoverEffect =
  | { do: 'spawn'; run: RunRef }
  | { do: 'open'; run: string }
  | { do: 'drain'; run: string }
  | { do: 'command'; run: string; name: 'pre-stop' | 'post-stop' }
  | { do: 'end'; run: string; force: boolean }
  | { do: 'wake'; run: string; phase: Predecessor['phase']; afterMs: number }
  /** The successor is gone and never served. */
  | { do: 'reportRefused'; run: RunRef; live: LiveRun | null; why: string; exit: ExitFact | null }
  /** A predecessor is gone. */
  | { do: 'reportEnded'; predecessor: Predecessor }

export interface HandoverStep {
  next: Handover
  effects: readonly HandoverEffect[]
}

const unchanged = (next: Handover): HandoverStep => ({ next, effects: [] })

export function handOver(handover: Handover, event: HandoverEvent, nowMono: number): HandoverStep {
  switch (event.kind) {
    case 'begun': {
      const successor: Successor = { run: event.run, live: null, phase: 'checking', why: null }
      return {
        next: { ...handover, given: Math.max(handover.given, event.run.number), successor },
        effects: [{ do: 'spawn', run: event.run }],
      }
    }
    case 'hurried':
      return hurry(handover, nowMono)
  }
  const { successor } = handover
  if (successor !== null && successor.run.id === event.run) return ofSuccessor(handover, successor, event, nowMono)
  const predecessor = handover.predecessors.find(({ run }) => run.id === event.run)
  return predecessor === undefined ? unchanged(handover) : ofPredecessor(handover, predecessor, event, nowMono)
}

type RunEvent = Exclude<HandoverEvent, { kind: 'begun' | 'hurried' }>

function ofSuccessor(handover: Handover, successor: Successor, event: RunEvent, nowMono: number): HandoverStep {
  const { run, live, phase } = successor
  const change = (changes: Partial<Successor>): Handover => ({ ...handover, successor: { ...successor, ...changes } })
  const gone = (why: string, exit: ExitFact | null): HandoverStep => ({
    next: { ...handover, successor: null },
    effects: [{ do: 'reportRefused', run, live, why, exit }],
  })
  switch (event.kind) {
    case 'spawned':
      // It was refused while the spawn was under way.
      return phase === 'ending'
        ? { next: change({ live: event.live }), effects: [{ do: 'end', run: run.id, force: false }] }
        : unchanged(change({ live: event.live }))
    case 'programFound':
      return live === null ? unchanged(handover) : unchanged(change({ live: { ...live, program: event.program } }))
    case 'refused':
      if (phase === 'ending') return unchanged(handover)
      if (live === null) return gone(event.why, null)
      return { next: change({ phase: 'ending', why: event.why }), effects: [{ do: 'end', run: run.id, force: false }] }
    case 'exited':
      // What it started may live on.
      return phase === 'ending'
        ? unchanged(handover)
        : {
            next: change({ phase: 'ending', why: `it ended: ${describeExit(event.exit)}` }),
            effects: [{ do: 'end', run: run.id, force: false }],
          }
    case 'gone':
      return gone(successor.why ?? 'it ended', null)
    case 'promoted': {
      if (phase === 'ending' || live === null) return unchanged(handover)
      const { from } = event
      if (from === null) return { next: { ...handover, successor: null }, effects: [{ do: 'open', run: run.id }] }
      const leaving: Predecessor = { ...from, phase: 'draining', sinceMono: nowMono, exit: null }
      // A crash may have given the place that it takes a higher number meanwhile.
      const given = Math.max(handover.given, from.run.number)
      return {
        next: { given, successor: null, predecessors: [...handover.predecessors, leaving] },
        effects: [
          { do: 'open', run: run.id },
          { do: 'drain', run: leaving.run.id },
          { do: 'wake', run: leaving.run.id, phase: 'draining', afterMs: leaving.rules.drainTimeoutMs },
        ],
      }
    }
    case 'drained':
    case 'elapsed':
    case 'commandEnded':
      return unchanged(handover)
  }
}

function ofPredecessor(handover: Handover, predecessor: Predecessor, event: RunEvent, nowMono: number): HandoverStep {
  const { run, phase, rules } = predecessor
  const replace = (changes: Partial<Predecessor>): Handover => changed(handover, predecessor, changes)
  const terminate = (changes?: Partial<Predecessor>): HandoverStep => terminated(handover, predecessor, nowMono, changes)
  const preStop = (): HandoverStep =>
    rules.commands?.preStop
      ? { next: replace({ phase: 'pre-stop', sinceMono: nowMono }), effects: [{ do: 'command', run: run.id, name: 'pre-stop' }] }
      : terminate()
  const without = (): Handover => ({ ...handover, predecessors: handover.predecessors.filter((each) => each !== predecessor) })
  switch (event.kind) {
    case 'drained':
      return phase === 'draining' ? preStop() : unchanged(handover)
    case 'commandEnded':
      if (event.name !== phase) return unchanged(handover)
      return phase === 'pre-stop' ? terminate() : { next: without(), effects: [{ do: 'reportEnded', predecessor }] }
    case 'exited':
      return phase === 'draining' ? terminate({ exit: event.exit }) : unchanged(replace({ exit: event.exit }))
    case 'elapsed':
      if (event.phase !== phase) return unchanged(handover)
      if (phase === 'draining') return preStop()
      if (phase === 'term')
        return {
          next: replace({ phase: 'kill', sinceMono: nowMono }),
          effects: [
            { do: 'end', run: run.id, force: true },
            { do: 'wake', run: run.id, phase: 'kill', afterMs: KILL_WAIT_MS },
          ],
        }
      return unchanged(phase === 'kill' ? replace({ phase: 'unkillable', sinceMono: nowMono }) : handover)
    case 'gone': {
      const isForced = phase === 'kill' || phase === 'unkillable'
      const ended: Predecessor = { ...predecessor, ...(isForced && { forced: true }) }
      // Again where an earlier daemon had begun it.
      if (rules.commands?.postStop)
        return {
          next: replace({ phase: 'post-stop', ...(isForced && { forced: true }) }),
          effects: [{ do: 'command', run: run.id, name: 'post-stop' }],
        }
      return { next: without(), effects: [{ do: 'reportEnded', predecessor: ended }] }
    }
    case 'programFound':
      return unchanged(replace({ live: { ...predecessor.live, program: event.program } }))
    case 'spawned':
    case 'refused':
    case 'promoted':
      return unchanged(handover)
  }
}

const changed = (handover: Handover, predecessor: Predecessor, changes: Partial<Predecessor>): Handover => ({
  ...handover,
  predecessors: handover.predecessors.map((each) => (each === predecessor ? { ...each, ...changes } : each)),
})

const terminated = (
  handover: Handover,
  predecessor: Predecessor,
  nowMono: number,
  changes: Partial<Predecessor> = {},
): HandoverStep => ({
  next: changed(handover, predecessor, { ...changes, phase: 'term', sinceMono: nowMono }),
  effects: [
    { do: 'end', run: predecessor.run.id, force: false },
    { do: 'wake', run: predecessor.run.id, phase: 'term', afterMs: predecessor.rules.stopTimeoutMs },
  ],
})

/** The successor goes, and so do those that still drain: without a pre-stop, or by the end of it. */
function hurry(handover: Handover, nowMono: number): HandoverStep {
  const { successor, predecessors } = handover
  const why = 'it was stopped meanwhile'
  let step =
    successor === null
      ? unchanged(handover)
      : ofSuccessor(handover, successor, { kind: 'refused', run: successor.run.id, why }, nowMono)
  for (const predecessor of predecessors.filter(({ phase }) => phase === 'draining' || phase === 'pre-stop')) {
    const { next, effects } = terminated(step.next, predecessor, nowMono)
    step = { next, effects: [...step.effects, ...effects] }
  }
  return step
}
