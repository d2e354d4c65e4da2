/**
 * Starts runs and reports how they end. Intents that must be durable wait for one write together; then they are spawned
 * in slices, because each spawn copies the daemon's page tables (about 1 ms) and the loop must stay free in between.
 */
import type { ExitFact, LiveRun, RunRef } from '../core/state.ts'
import { membersOf } from '../core/tree.ts'
import type { EnvRecord, World } from '../core/world.ts'
import { childEnv } from './child-env.ts'
import { readIndex } from './process-index.ts'
import { evidenceOf, type Managed, nameOf } from './registry.ts'

/** One slice of spawns; a waiting request is answered at the latest after this. */
const SLICE_MS = 10
/** A service that exits 0 this soon, leaving children, is a daemonizing program. */
const BACKGROUND_MS = 1000
/** How long a recorder may need to fork its program, and how often that is looked at. */
const PROGRAM_POLLS_MS = [1, 2, 5, 10, 20, 50, 100, 200]

export interface ManagerEvents {
  spawned(managed: Managed, run: RunRef, live: LiveRun): void
  spawnFailed(managed: Managed, run: RunRef, error: { code: string; message: string }): void
  exited(managed: Managed, run: RunRef, exit: ExitFact, facts: { leftovers: boolean; background: boolean }): void
  programFound(managed: Managed, run: RunRef): void
}

export class ProcessManager {
  private readonly world: World
  private readonly events: ManagerEvents
  private readonly queue: { managed: Managed; run: RunRef }[] = []
  private pumping = false

  constructor(world: World, events: ManagerEvents) {
    this.world = world
    this.events = events
  }

  /** `durable`: only after the intent is on disk. A full disk does not stop supervision: then it goes on, and that is told elsewhere. */
  start(managed: Managed, run: RunRef, durable: boolean): void {
    if (!durable) {
      this.spawn(managed, run)
      return
    }
    const enqueue = () => {
      this.queue.push({ managed, run })
      if (!this.pumping) this.pump()
    }
    this.world.store.flush().then(enqueue, enqueue)
  }

  /** Runs wait to be spawned. */
  get busy(): boolean {
    return this.pumping
  }

  recordFileOf(managed: Managed, runNumber: number): string | null {
    const { definition } = managed.record
    return definition.kind === 'job' || definition.recordExit ? `${this.world.home}/runs/${managed.record.id}.${runNumber}` : null
  }

  private pump(): void {
    this.pumping = true
    const until = this.world.clock.mono() + SLICE_MS
    for (let next = this.queue.shift(); next !== undefined; next = this.queue.shift()) {
      this.spawn(next.managed, next.run)
      if (this.world.clock.mono() >= until) break
    }
    if (this.queue.length > 0) setImmediate(() => this.pump())
    else this.pumping = false
  }

  private spawn(managed: Managed, run: RunRef): void {
    const { record } = managed
    const { state } = record.tracked
    // A stop may have come while the intent was being saved.
    if (managed.removed || state.status !== 'starting' || state.live !== null || state.run.id !== run.id) return
    const { definition } = record
    const stored: EnvRecord = this.world.envs.read(definition.instance?.of ?? definition.name) ?? {
      caller: this.world.baseEnv,
      set: {},
    }
    const env = childEnv(stored, {
      id: record.id,
      run,
      home: this.world.home,
      socketPath: this.world.socketPath,
      port: definition.ports[0],
      instance: definition.instance?.index,
      token: this.world.tokens.ofRun(record.id, run),
    })
    const recordFile = this.recordFileOf(managed, run.number)
    const files = this.world.logs.beginRun(definition.name, run.number, {
      maxBytes: definition.logMaxBytes,
      keep: definition.logKeep,
    })
    const startedMono = this.world.clock.mono()
    const startedAtMs = this.world.clock.wall()
    const outcome = this.world.spawner.spawn(
      {
        id: record.id,
        name: definition.name,
        run,
        command: definition.command,
        cwd: definition.cwd,
        env,
        outFile: files.outFile,
        errFile: files.errFile,
        recordFile,
        nice: definition.nice,
        user: definition.user,
        group: definition.group,
        umask: definition.umask,
        ulimits: definition.ulimits,
        cgroup: definition.cgroup,
      },
      (exit) => this.exited(managed, run, exit),
    )
    if (!outcome.ok) {
      this.world.logs.endRun(definition.name)
      this.events.spawnFailed(managed, run, { code: outcome.code, message: outcome.message })
      return
    }
    this.world.log.debug('ProcessManager', `started ${definition.name} run ${run.number} (PID: ${outcome.leader.pid})`)
    this.events.spawned(managed, run, {
      leader: outcome.leader,
      program: outcome.program,
      startedAtMs,
      startedMono,
      adopted: false,
      pausedMs: 0,
    })
    if (recordFile !== null && outcome.program === null) this.findProgram(managed, run, 0)
  }

  /** The displayed pid of a recorded run is the program's own, known as soon as the recorder has forked it. */
  private findProgram(managed: Managed, run: RunRef, attempt: number): void {
    const delay = PROGRAM_POLLS_MS[attempt]
    if (delay === undefined) return
    this.world.clock.wakeAfter(delay, () => {
      const { state } = managed.record.tracked
      if (!('live' in state) || state.live === null || state.run.id !== run.id || state.live.program !== null) return
      const program = this.world.table.firstChild(state.live.leader.pid)
      if (program === null) this.findProgram(managed, run, attempt + 1)
      else {
        state.live.program = program
        this.events.programFound(managed, run)
      }
    })
  }

  private exited(managed: Managed, run: RunRef, exit: ExitFact): void {
    const evidence = evidenceOf(managed)
    const { state } = managed.record.tracked
    if (evidence === null || !('live' in state) || state.live === null || state.run.id !== run.id) return
    const { kind } = managed.record.definition
    let leftovers =
      this.world.signaller.groupAlive(evidence.leader.pid) || managed.known.some((identity) => this.world.table.alive(identity))
    let background = false
    // The one case in which a pass over /proc is worth its time before anything else is decided.
    if (
      kind === 'service' &&
      exit.kind === 'code' &&
      exit.code === 0 &&
      this.world.clock.mono() - state.live.startedMono < BACKGROUND_MS &&
      state.status !== 'completing'
    ) {
      const index = readIndex(this.world)
      background = membersOf(index, evidence).length > 0
      leftovers ||= background
    }
    this.world.log.debug('ProcessManager', `${nameOf(managed)} run ${run.number} ended`)
    this.events.exited(managed, run, exit, { leftovers, background })
  }
}
