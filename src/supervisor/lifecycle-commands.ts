/** Executes the commands around runs: each for a limited time, and ended with all that it started before that is reported. */
import { KILL_WAIT_MS } from '../core/cells/moves.ts'
import type { Effect } from '../core/events.ts'
import { describeExit } from '../core/exit-meaning.ts'
import { commandLineOf } from '../core/policy.ts'
import type { CommandRun, ExitFact, Identity, LiveRun, RunRef } from '../core/state.ts'
import type { SpawnPlan } from '../core/world.ts'
import type { Definition } from '../protocol/definition.ts'
import { formatDuration } from '../protocol/duration.ts'
import { PtrackError } from '../protocol/errors.ts'
import type { LifecycleCommand } from '../protocol/names.ts'
import type { Companion } from './companion.ts'
import type { Host } from './host.ts'
import { liveRunOf, type Managed } from './registry.ts'
import type { RunEnder } from './run-ender.ts'
import type { Timeline } from './timeline.ts'
import type { TreeEnder } from './tree-ender.ts'

/** Of no boot, so that nothing is found by it. */
const NOBODY: Identity = { pid: 1, startTicks: 0, bootId: 'none' }

export interface CommandLine {
  name: LifecycleCommand
  /** For a shell. */
  line: string
  /** Beside that of the process. */
  env: Record<string, string>
}

/** Throws PtrackError where that cannot be done. */
export interface CommandPlanner {
  planOf(managed: Managed, run: RunRef, command: CommandLine): SpawnPlan
}

interface Execution {
  managed: Managed
  run: RunRef
  name: LifecycleCommand
  /** By which the tree ender knows it. */
  ref: RunRef
  leader: Identity
  /** Kills it, as when its time is over. */
  kill: () => void
  cancel: () => void
}

export interface CommandWanted {
  run: RunRef
  name: LifecycleCommand
  /** Whose command it is. */
  definition: Pick<Definition, 'preStart' | 'postStart' | 'preStop' | 'postStop' | 'lifecycleTimeoutMs'>
  /** The program; null where there is none. */
  live: LiveRun | null
  limitMs?: number | null
}

export class LifecycleCommands implements Companion {
  private readonly host: Host
  private readonly ender: Pick<TreeEnder, 'end' | 'drop' | 'news' | 'sweep'>
  private readonly planner: CommandPlanner
  private readonly runEnder: Pick<RunEnder, 'drained'>
  private readonly timeline: Pick<Timeline, 'noteCommandFailed'>
  /** Of the runs in the state, by run id: one at a time. */
  private readonly present = new Map<string, Execution>()
  /** Of runs beside them. */
  private readonly others = new Map<string, Execution>()
  private closed = false

  constructor(
    host: Host,
    ender: Pick<TreeEnder, 'end' | 'drop' | 'news' | 'sweep'>,
    planner: CommandPlanner,
    runEnder: Pick<RunEnder, 'drained'>,
    timeline: Pick<Timeline, 'noteCommandFailed'>,
  ) {
    this.host = host
    this.ender = ender
    this.planner = planner
    this.runEnder = runEnder
    this.timeline = timeline
  }

  /** For the run in the state. */
  async perform(managed: Managed, effect: Extract<Effect, { do: 'command' }>): Promise<void> {
    const { run, name, durable, drainMs, again, limitMs } = effect
    // If the disk is full it is executed nevertheless; the store reports it.
    if (durable) await this.host.world.store.flush().catch(() => undefined)
    if (drainMs !== undefined) await this.runEnder.drained(managed, run, drainMs)
    if (again) await this.endLeft(managed, run, name)
    if (this.commandOf(managed, run)?.name !== name) return
    const live = name === 'post-stop' ? null : liveRunOf(managed)
    const wanted = { run, name, definition: managed.record.definition, live, limitMs }
    const failure = await this.execute(managed, wanted, (live, execution) => {
      this.present.set(run.id, execution)
      this.host.submit(managed, { kind: 'commandBegan', run: run.number, name, live })
      // The next daemon finds it by that; if the disk is full the store reports it.
      this.host.world.store.flush().catch(() => undefined)
    })
    this.present.delete(run.id)
    if (!this.closed) this.host.submit(managed, { kind: 'commandEnded', run: run.number, name, failure })
  }

  /** For a run beside the one in the state: why it failed, or null. */
  async beside(managed: Managed, wanted: CommandWanted): Promise<string | null> {
    const { name, run } = wanted
    const failure = await this.execute(managed, wanted, ({ leader }, execution) => {
      this.others.set(run.id, execution)
      managed.commandsBeside = [...managed.commandsBeside, { runId: run.id, leader, program: null, known: [] }]
    })
    this.others.delete(run.id)
    managed.commandsBeside = managed.commandsBeside.filter(({ runId }) => runId !== run.id)
    if (failure !== null && !this.closed) this.timeline.noteCommandFailed(managed, run.number, name, failure)
    return failure
  }

  killBeside(runId: string): void {
    this.others.get(runId)?.kill()
  }

  kill(run: RunRef): void {
    this.present.get(run.id)?.kill()
  }

  /** What follows no longer depends on it: it ends with the tree of its run where that is being ended, else by itself. */
  stepped(managed: Managed): void {
    if (this.present.size === 0) return
    const { state } = managed.record.tracked
    const isEnded = 'phase' in state && state.phase !== 'post-stop'
    for (const [id, { run, name, ref, leader, cancel, managed: owner }] of this.present) {
      if (owner !== managed || this.commandOf(managed, run)?.name === name) continue
      this.present.delete(id)
      cancel()
      if (!isEnded) this.ender.sweep({ runId: ref.id, leader, program: null, known: [] }, 'SIGTERM', KILL_WAIT_MS)
    }
  }

  removed(managed: Managed): void {
    this.stepped(managed)
  }

  close(): void {
    this.closed = true
    for (const { cancel } of [...this.present.values(), ...this.others.values()]) cancel()
  }

  private commandOf({ record, removed }: Managed, run: RunRef): CommandRun | null {
    const { state } = record.tracked
    if (removed || !('command' in state) || state.run.id !== run.id) return null
    return state.command === undefined || state.command.over ? null : state.command
  }

  /** Why it failed, or null; nothing more comes once it is cancelled. */
  private execute(
    managed: Managed,
    { run, name, definition, live, limitMs = null }: CommandWanted,
    onBegan: (live: LiveRun, execution: Execution) => void,
  ): Promise<string | null> {
    const { world } = this.host
    const line = commandLineOf(definition as Definition, name)
    if (line === null) return Promise.resolve(null)
    const { pid } = live?.program ?? live?.leader ?? { pid: null }
    return new Promise((resolve) => {
      const timeMs = Math.min(definition.lifecycleTimeoutMs, limitMs ?? definition.lifecycleTimeoutMs)
      let exit: ExitFact | null = null
      let late = false
      let end: (signal: string) => void = () => undefined
      const wakes: (() => void)[] = []
      const after = (ms: number, act: () => void): void => void wakes.push(world.clock.wakeAfter(ms, act))
      const cancel = (): void => {
        for (const each of wakes.splice(0)) each()
      }
      const settle = (): void => {
        cancel()
        const failed = exit === null || exit.kind !== 'code' || exit.code !== 0
        if (late) resolve(`not done within ${formatDuration(timeMs)}`)
        else resolve(failed ? describeExit(exit ?? { kind: 'unknown' }) : null)
      }
      const kill = (): void => {
        cancel()
        end('SIGKILL')
        // What is stuck in the kernel must not keep everything else waiting.
        after(KILL_WAIT_MS, settle)
      }
      const terminate = (): void => {
        end('SIGTERM')
        after(KILL_WAIT_MS, kill)
      }
      const env: Record<string, string> = pid === null ? {} : { PTRACK_PID: String(pid) }
      const spawned = this.spawn(managed, run, { name, line, env }, (fact) => {
        exit = fact
        if (late) return this.ender.news()
        cancel()
        terminate()
      })
      if (typeof spawned === 'string') return resolve(spawned)
      const { leader } = spawned
      const ref: RunRef = { number: run.number, id: `${run.id}-${name}` }
      end = (signal) =>
        this.end(ref, { leader, marker: name === 'pre-start' ? run.id : ref.id }, signal, () => exit !== null, settle)
      const stop = (how: () => void) => () => {
        late = true
        how()
      }
      // Within a total there is no time for two signals.
      after(timeMs, stop(limitMs === null ? terminate : kill))
      const cancelAll = (): void => {
        cancel()
        this.ender.drop(ref)
      }
      onBegan(spawned, { managed, run, name, ref, leader, kill: stop(kill), cancel: cancelAll })
    })
  }

  private spawn(managed: Managed, run: RunRef, command: CommandLine, onExit: (exit: ExitFact) => void): LiveRun | string {
    const { world } = this.host
    try {
      const startedMono = world.clock.mono()
      const startedAtMs = world.clock.wall()
      const [outcome] = world.spawner.spawn([{ plan: this.planner.planOf(managed, run, command), onExit }])
      if (!outcome?.ok) return (outcome?.message ?? 'it cannot be spawned').replace(/^cannot start \S+: /, '')
      return { leader: outcome.leader, program: null, startedAtMs, startedMono, adopted: false, pausedMs: 0 }
    } catch (error) {
      if (!(error instanceof PtrackError)) throw error
      return error.message
    }
  }

  /** What an earlier daemon began. Before the program is spawned all that carries the marker of the run is of the pre-start. */
  private endLeft(managed: Managed, run: RunRef, name: LifecycleCommand): Promise<void> {
    const ref: RunRef = { number: run.number, id: `${run.id}-${name}` }
    const leader = this.commandOf(managed, run)?.live?.leader ?? NOBODY
    const of = { leader, marker: name === 'pre-start' ? run.id : ref.id }
    const { clock } = this.host.world
    return new Promise((resolve) => {
      let cancel = (): void => undefined
      const done = (): void => {
        cancel()
        resolve()
      }
      cancel = clock.wakeAfter(KILL_WAIT_MS, () => {
        this.end(ref, of, 'SIGKILL', () => true, done)
        // What is stuck in the kernel must not keep the run waiting.
        cancel = clock.wakeAfter(KILL_WAIT_MS, done)
      })
      this.end(ref, of, 'SIGTERM', () => true, done)
    })
  }

  private end(
    ref: RunRef,
    { leader, marker }: { leader: Identity; marker: string },
    signal: string,
    exitKnown: () => boolean,
    onGone: () => void,
  ): void {
    this.ender.end({
      run: ref,
      evidence: () => ({ runId: marker, leader, program: null, known: [] }),
      signal,
      leftSignal: null,
      mainFirst: false,
      ask: null,
      paused: false,
      exitKnown,
      onGone,
    })
  }
}
