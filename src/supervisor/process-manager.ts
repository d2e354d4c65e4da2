/** Starts runs and reports exits. Spawns come in slices after one write: each copies the daemon's page tables (1 ms). */
import type { ExitFact, Identity, LiveRun, ProcessError, RunRef } from '../core/state.ts'
import { membersOf } from '../core/tree.ts'
import type { SpawnPlan, World } from '../core/world.ts'
import type { EnvRecord } from '../core/world-envs.ts'
import type { Definition } from '../protocol/definition.ts'
import { PtrackError } from '../protocol/errors.ts'
import { logFilesOf } from '../protocol/log-files.ts'
import { isExportable, type OpenSockets, portsOf, socketsNameOf } from '../protocol/sockets.ts'
import type { AdoptedWatcher } from './adopted-watcher.ts'
import { childEnv } from './child-env.ts'
import { exitRecordOf, hasCgroup, recordedExit } from './exit-record.ts'
import type { Host } from './host.ts'
import { hasInput, inputRefusal } from './inputs.ts'
import type { CommandLine } from './lifecycle-commands.ts'
import { isNode, type Preloads, preloadOptions } from './node-preload.ts'
import { readIndex } from './process-index.ts'
import { evidenceOf, type Managed, nameOf } from './registry.ts'
import { socketEnv, withFd } from './socket-env.ts'
import type { SocketKeeper } from './socket-keeper.ts'
import { programBelow, type Terminals } from './terminals.ts'
import type { TreeEnder } from './tree-ender.ts'

/** About 20 ms of spawns, then requests are served. A slice leaves every cache cold: the cost of two more spawns. */
const SLICE = 20
/** A service that exits 0 this soon, leaving children, has daemonized. */
const BACKGROUND_MS = 1000
const RECORDER_END_MS = 2
const PROGRAM_POLLS_MS = [1, 2, 5, 10, 20, 50, 100, 200]

const sentence = (managed: Managed, why: string): string => `cannot start ${nameOf(managed)}: ${why}`

interface Start {
  managed: Managed
  run: RunRef
}

/** Limits of CPU and pids need a cgroup; without one, memory is only watched. */
function limitsOf(definition: Definition): SpawnPlan['cgroup'] {
  const { cpus, pids, maxMemoryBytes } = definition
  return hasCgroup(definition) ? { memoryBytes: maxMemoryBytes, cpus: cpus ?? null, pids: pids ?? null } : null
}

function sandboxOf({ noNewPrivileges = false, readOnly = [], privateTmp = false }: Definition): SpawnPlan['sandbox'] {
  return noNewPrivileges || privateTmp || readOnly.length > 0 ? { noNewPrivileges, readOnly, privateTmp } : null
}

export class ProcessManager {
  private readonly host: Host
  private readonly world: World
  private readonly ender: Pick<TreeEnder, 'news'>
  private readonly sockets: Pick<SocketKeeper, 'of' | 'ready'>
  private readonly watcher: Pick<AdoptedWatcher, 'watch' | 'check'>
  private readonly beside: { exited(managed: Managed, run: RunRef, exit: ExitFact): boolean }
  private readonly terminals: Pick<Terminals, 'sizeOf'>
  private readonly queue: Start[] = []
  private pumping = false
  private saving = 0

  constructor(
    host: Host,
    ender: Pick<TreeEnder, 'news'>,
    sockets: Pick<SocketKeeper, 'of' | 'ready'>,
    watcher: Pick<AdoptedWatcher, 'watch' | 'check'>,
    beside: { exited(managed: Managed, run: RunRef, exit: ExitFact): boolean },
    terminals: Pick<Terminals, 'sizeOf'>,
  ) {
    this.host = host
    this.world = host.world
    this.ender = ender
    this.sockets = sockets
    this.watcher = watcher
    this.beside = beside
    this.terminals = terminals
    // The shell that reported it needs a moment to end.
    host.world.sockets.onExit((runId) => host.world.clock.wakeAfter(RECORDER_END_MS, () => watcher.check(runId)))
  }

  /** `durable`: only after the intent is on disk. If the disk is full it starts nevertheless; that is reported elsewhere. */
  start(managed: Managed, run: RunRef, durable: boolean): void {
    if (managed.record.definition.sockets.length > 0) return void this.startWithSockets(managed, run, durable)
    if (!durable) {
      this.spawn([{ managed, run }])
      return
    }
    // Those saved together arrive here one by one; the last of them begins them all.
    this.saving++
    const enqueue = () => {
      this.queue.push({ managed, run })
      const isLast = --this.saving === 0
      if (this.pumping) return
      this.pumping = true
      if (isLast) this.pump()
      else setImmediate(() => this.pump())
    }
    this.world.store.flush().then(enqueue, enqueue)
  }

  /** Its sockets are open, or about to be. */
  private async startWithSockets(managed: Managed, run: RunRef, durable: boolean): Promise<void> {
    // If the disk is full it starts nevertheless; the store reports it.
    if (durable) await this.world.store.flush().catch(() => undefined)
    const trouble = await this.sockets.ready(managed)
    const isWanted = this.isDue({ managed, run })
    if (isWanted && trouble === null) this.spawn([{ managed, run }])
    else if (isWanted) this.failed(managed, run, { code: trouble!.code, message: sentence(managed, trouble!.message) })
  }

  /** Runs are waiting to be spawned. */
  get busy(): boolean {
    return this.pumping
  }

  private pump(): void {
    this.spawn(this.queue.splice(0, SLICE))
    if (this.queue.length > 0) setImmediate(() => this.pump())
    else this.pumping = false
  }

  private spawn(wanted: Start[]): void {
    // A stop may have come while the intent was being saved.
    const due = wanted.filter(({ managed, run }) => {
      if (!this.isDue({ managed, run })) return false
      const refusal = inputRefusal(this.world, managed, run.number)
      if (refusal !== null) this.failed(managed, run, refusal)
      return refusal === null
    })
    const plans: SpawnPlan[] = []
    const starts = due.filter((start) => {
      const plan = this.planOrFail(start)
      if (plan !== null) plans.push(plan)
      return plan !== null
    })
    const startedMono = this.world.clock.mono()
    const startedAtMs = this.world.clock.wall()
    const outcomes = this.world.spawner.spawn(
      starts.map(({ managed, run }, index) => ({ plan: plans[index]!, onExit: this.exitTeller(managed, run) })),
    )
    outcomes.forEach((outcome, index) => {
      const { managed, run } = starts[index]!
      if (!outcome.ok) {
        this.world.logs.endRun(nameOf(managed))
        this.failed(managed, run, outcome)
        return
      }
      this.world.log.debug('ProcessManager', `started ${nameOf(managed)} run ${run.number} (PID: ${outcome.leader.pid})`)
      const { leader, program } = outcome
      const live: LiveRun = { leader, program, startedAtMs, startedMono, adopted: false, pausedMs: 0 }
      this.host.submit(managed, { kind: 'spawned', run: run.number, live })
      if (plans[index]!.recordFile !== null && program === null) this.findProgram(managed, run, 0)
      if (plans[index]!.sockets !== null) this.watch(managed, run, leader)
    })
  }

  private isDue({ managed, run }: Start): boolean {
    const { state } = managed.record.tracked
    return !managed.removed && state.status === 'starting' && state.live === null && state.run.id === run.id
  }

  private failed(managed: Managed, run: RunRef, { code, message }: ProcessError): void {
    this.host.submit(managed, { kind: 'spawnFailed', run: run.number, error: { code, message } })
  }

  /** Null if it cannot be planned, say without its environment: only this run fails. */
  private planOrFail({ managed, run }: Start): SpawnPlan | null {
    try {
      return this.planOf(managed, run)
    } catch (error) {
      if (!(error instanceof PtrackError)) throw error
      const message = `${error.message}${error.hint === undefined ? '' : `; ${error.hint}`}`
      this.failed(managed, run, { code: error.code, message: sentence(managed, message) })
      return null
    }
  }

  /** Lives as long as the child: defined beside the plans, the closure would keep each environment. */
  private exitTeller(managed: Managed, run: RunRef): (exit: ExitFact) => void {
    return (exit) => this.exited(managed, run, exit)
  }

  /** Of a run with shared sockets: no child of ours, its end is found by its recorder's report, or by looking. */
  watch(managed: Managed, run: RunRef, leader: Identity): void {
    this.watcher.watch(run.id, leader, () => {
      const open = this.sockets.of(socketsNameOf(managed.record.definition))
      if (open !== null) this.world.sockets.forget(open, run.id)
      const exit = recordedExit(this.world, managed.record, run.number) ?? { kind: 'unknown' }
      if (!this.beside.exited(managed, run, exit)) this.exited(managed, run, exit)
    })
  }

  /** A run beside the present one, from the same holders; the caller follows it. */
  startBeside(managed: Managed, run: RunRef): { ok: true; live: LiveRun } | { ok: false; why: string } {
    // What it follows says already that a start failed.
    const reason = (message: string): string => message.replace(`cannot start ${nameOf(managed)}: `, '')
    try {
      const plan = this.planOf(managed, run)
      const startedMono = this.world.clock.mono()
      const startedAtMs = this.world.clock.wall()
      const [outcome] = this.world.spawner.spawn([{ plan, onExit: () => undefined }])
      if (!outcome?.ok) return { ok: false, why: reason(outcome?.message ?? 'it cannot be spawned') }
      const { leader, program } = outcome
      return { ok: true, live: { leader, program, startedAtMs, startedMono, adopted: false, pausedMs: 0 } }
    } catch (error) {
      if (!(error instanceof PtrackError)) throw error
      return { ok: false, why: reason(error.message) }
    }
  }

  /** `command`: of the definition, executed as its program would be. Throws PtrackError where it cannot be. */
  planOf(managed: Managed, run: RunRef, command: CommandLine | null = null): SpawnPlan {
    const { record } = managed
    const { definition } = record
    const sockets = definition.sockets.length === 0 || command !== null ? null : this.sockets.of(socketsNameOf(definition))
    const stored: EnvRecord = this.world.envs.read(definition.instance?.of ?? definition.name) ?? {
      caller: this.world.baseEnv,
      set: {},
    }
    const env = childEnv(stored, {
      id: record.id,
      name: definition.name,
      run,
      home: this.world.home,
      socketPath: this.world.socketPath,
      port: portsOf(definition)[0],
      ...(sockets && { sockets: this.socketsEnv(definition, sockets, run) }),
      instance: definition.instance?.index,
      token: this.world.tokens.ofRun(record.id, run),
      nodeOptions: (present) => (command !== null ? null : preloadOptions(definition, this.preloads(definition), present)),
    })
    const unset = sockets === null ? undefined : Object.keys(stored.set).find((name) => !isExportable(name))
    if (unset !== undefined)
      throw new PtrackError('USAGE', `the shell that starts it cannot set the variable '${unset}'`, {
        hint: 'with shared sockets a name has letters, digits and _ only',
      })
    const { name, logMaxBytes: maxBytes, logKeep: keep } = definition
    const own = logFilesOf(definition)
    const begins = command === null || command.name === 'pre-start'
    const files = begins
      ? this.world.logs.beginRun(name, run.number, { maxBytes, keep, ...own })
      : this.world.logs.filesOf(name, own)
    return {
      id: record.id,
      name: definition.name,
      run,
      command:
        command !== null ? ['/bin/sh', '-c', command.line] : sockets === null ? definition.command : withFd(definition.command),
      cwd: definition.cwd,
      env: command === null ? env : { ...env, ...command.env },
      outFile: files.outFile,
      errFile: files.errFile,
      recordFile: command !== null ? null : exitRecordOf(this.world, record, run.number),
      input: command === null && hasInput(this.world, record, run.number),
      terminal: command === null && definition.tty ? this.terminals.sizeOf(managed) : null,
      // Absent in states from before.
      stdinFile: command === null ? (definition.stdin ?? null) : null,
      nice: definition.nice,
      user: definition.user,
      group: definition.group,
      umask: definition.umask,
      ulimits: definition.ulimits,
      cgroup: command !== null ? null : limitsOf(definition),
      sandbox: sandboxOf(definition),
      sockets,
    }
  }

  private preloads({ sockets, preload, user, command }: Definition): Preloads {
    const wanted = sockets.length > 0 && preload
    const file = wanted ? this.world.socketsPreload(user) : null
    // Without it a Node program would find its port taken, and a reload would lose requests.
    if (wanted && file === null && isNode(command))
      throw new PtrackError('SPAWN_FAILED', 'the file by which Node programs take shared sockets cannot be read', {
        hint: 'install ptrack again, or start it with --no-preload',
      })
    return { ready: this.world.nodePreload(), sockets: file }
  }

  private socketsEnv(definition: Definition, open: OpenSockets, run: RunRef): Record<string, string> {
    const { command, preload, user } = definition
    const control = preload ? this.world.sockets.controlOf(open, run.id, user) : null
    return {
      ...socketEnv(open, command, control !== null),
      // It opens when the instance is healthy.
      ...(control !== null && { PTRACK_CONTROL: control, PTRACK_GATE: '1' }),
    }
  }

  /** A recorded run shows the program's own pid, known once the recorder has forked it. */
  private findProgram(managed: Managed, run: RunRef, attempt: number): void {
    const delay = PROGRAM_POLLS_MS[attempt]
    if (delay === undefined) return
    this.world.clock.wakeAfter(delay, () => {
      const { state } = managed.record.tracked
      if (!('live' in state) || state.live === null || state.run.id !== run.id || state.live.program !== null) return
      const program = programBelow(this.world.table, state.live.leader, managed.record)
      if (program === null) this.findProgram(managed, run, attempt + 1)
      else this.host.submit(managed, { kind: 'programFound', run: run.number, program })
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
    // The one case that justifies a /proc pass before anything else is decided.
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
    const { program } = state.live
    // A recorder that wrote its record saw the exit; one that was killed may have left its program running.
    const unrecorded = exit.kind === 'unknown' || (exit.kind === 'signal' && !exit.inferred)
    const programAlive = unrecorded && program !== null && this.world.table.alive(program)
    this.host.submit(managed, { kind: 'exited', run: run.number, exit, leftovers, background, programAlive, outage: false })
    this.ender.news()
  }
}
