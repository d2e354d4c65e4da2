/** The one place that wires: each part is made with its dependencies, and reports to the Host at the end of this function. */
import { JobQueue } from '../core/queue.ts'
import type { World } from '../core/world.ts'
import { limits } from '../protocol/limits.ts'
import { Admission } from './admission.ts'
import { AdoptedWatcher } from './adopted-watcher.ts'
import { EventLog } from './event-log.ts'
import { Failures } from './failures.ts'
import { FileRestarts } from './file-restarts.ts'
import { FinalDrain } from './final-drain.ts'
import { FirstListening } from './first-listening.ts'
import { Fleet } from './fleet/fleet.ts'
import { Forecasts } from './forecasts.ts'
import { FormerOwners } from './former-owners.ts'
import { FoundDead } from './found-dead.ts'
import { Garbage } from './garbage.ts'
import { Gates } from './gates.ts'
import { Halt } from './halt.ts'
import { Handovers } from './handovers.ts'
import { HealthChecker } from './health-checker.ts'
import { HistoryKeeper } from './history-keeper.ts'
import { HistoryWriter } from './history-writer.ts'
import { HookKeeper } from './hook-keeper.ts'
import type { Ground, Host } from './host.ts'
import { Inputs } from './inputs.ts'
import { Instances } from './instances.ts'
import { Janitor } from './janitor.ts'
import { Leases } from './leases.ts'
import { LifecycleCommands } from './lifecycle-commands.ts'
import { Metrics } from './metrics.ts'
import { MetricsKeeper } from './metrics-keeper.ts'
import { Notices } from './notices.ts'
import { ObservedTime } from './observed-time.ts'
import { Orchestrator } from './orchestrator.ts'
import { OrphanKeeper } from './orphan-keeper.ts'
import { ProcessManager } from './process-manager.ts'
import { ProcessMonitor } from './process-monitor.ts'
import { ProgressKeeper } from './progress-keeper.ts'
import { ProjectKeeper } from './project-keeper.ts'
import type { Registry } from './registry.ts'
import { ResourceSampler } from './resource-sampler.ts'
import { RunBars } from './run-bars.ts'
import { RunEnder } from './run-ender.ts'
import { Scheduler } from './scheduler.ts'
import { Sessions } from './sessions.ts'
import { SettingsKeeper } from './settings-keeper.ts'
import { SocketKeeper } from './socket-keeper.ts'
import { SpentRecords } from './spent-records.ts'
import { Temporaries } from './temporaries.ts'
import { Terminals } from './terminals.ts'
import { Timeline } from './timeline.ts'
import { TokenKeeper } from './token-keeper.ts'
import { TreeEnder } from './tree-ender.ts'
import type { Trees } from './trees.ts'
import { ViewHub } from './view-hub.ts'
import { Waiters } from './waiters.ts'
import { WebLogins } from './web-logins.ts'

export type Supervisor = ReturnType<typeof createSupervisor>

/** `registry` and `trees` also serve the world: what it saves, and what it may freeze; empty until boot. */
export function createSupervisor(world: World, { registry, trees }: { registry: Registry; trees: Trees }) {
  const { clock, store, newId } = world
  const events = new EventLog({ epoch: newId(16), clock, capacity: limits.eventRing, maxChars: limits.eventRingChars })
  const queue = new JobQueue()
  const forecasts = new Forecasts(world, registry, queue)
  const views = new ViewHub(world, registry, queue, forecasts)
  const settings = new SettingsKeeper(store)
  const ground: Ground = { world, events, registry, views, settings, notices: new Notices(world, settings) }
  const host: Host = {
    ...ground,
    submit: (managed, event) => orchestrator.submit(managed, event),
    changed: (managed) => orchestrator.changed(managed),
    observed: (managed) => orchestrator.observed(managed),
  }

  const progressKeeper = new ProgressKeeper(host)
  const leases = new Leases(host)
  const historyWriter = new HistoryWriter(host)
  const runBars = new RunBars(host)
  const failures = new Failures(host)
  const hooks = new HookKeeper(host)
  const scheduler = new Scheduler(host)
  const admission = new Admission(host, queue, scheduler)
  const fileRestarts = new FileRestarts(host)
  const metrics = new Metrics(events)
  const formerOwners = new FormerOwners()

  const ender = new TreeEnder(world)
  const adopted = new AdoptedWatcher(world)
  const timeline = new Timeline(world, events)
  const finalDrain = new FinalDrain(world.log, progressKeeper)
  const dead = new FoundDead(host, trees, finalDrain)
  const sockets = new SocketKeeper(host)
  const instances = new Instances(world, sockets)
  const gates = new Gates(host, instances)
  const spent = new SpentRecords(world)
  const waiters = new Waiters(clock)
  const handovers: Handovers = new Handovers(host, {
    instances,
    gates,
    ender,
    waiters,
    starter: {
      startBeside: (managed, run) => manager.startBeside(managed, run),
      watch: (managed, run, leader) => manager.watch(managed, run, leader),
      execute: (managed, wanted) => commands.beside(managed, wanted),
      killCommands: (runId) => commands.killBeside(runId),
    },
    companions: [historyWriter, spent],
  })
  const terminals = new Terminals()
  const manager = new ProcessManager(host, ender, sockets, adopted, handovers, terminals)
  const monitor = new ProcessMonitor(ground, dead)
  const health = new HealthChecker(host, timeline, metrics, sockets, instances)
  const metricsKeeper = new MetricsKeeper(world)
  const sampler = new ResourceSampler(host, manager, monitor, metricsKeeper)

  const inputs = new Inputs(host)
  const temporaries: Temporaries = new Temporaries(host, { remove: (managed) => orchestrator.remove(managed) })
  const orphans = new OrphanKeeper(host, trees)
  const sessions = new Sessions(host, waiters, orphans)
  const runEnder = new RunEnder(host, ender, adopted, instances)
  const commands: LifecycleCommands = new LifecycleCommands(host, ender, manager, runEnder, timeline)
  const orchestrator = new Orchestrator(ground, {
    companions: [
      health,
      sampler,
      progressKeeper,
      leases,
      admission,
      inputs,
      temporaries,
      sessions,
      terminals,
      historyWriter,
      forecasts,
      runBars,
      failures,
      hooks,
      scheduler,
      fileRestarts,
      metrics,
      formerOwners,
      sockets,
      gates,
      spent,
      commands,
    ],
    waits: admission,
    waiters,
    timeline,
    finalDrain,
    manager,
    ender,
    runEnder,
    adopted,
    commands,
    handovers,
    trees,
  })

  const halt = new Halt(host, admission, orchestrator)
  const observedTime = new ObservedTime(clock, settings)
  const garbage = new Garbage(host)
  const history = new HistoryKeeper(host, historyWriter, observedTime)
  const janitor = new Janitor(host, observedTime, { list: orchestrator, history, garbage })
  const tokens = new TokenKeeper({ store: world.tokens, clock, registry, events })
  const fleet = new Fleet(world, events, (id) => registry.get(id)?.record.owner ?? formerOwners.of(id) ?? null)
  const logins = new WebLogins({ tokens, store: world.tokens, clock, newId })
  store.onHealthChange((error) => {
    events.publish('stateWriteFailed', null, { message: error ?? 'the state is written again', recovered: error === null })
  })

  return {
    ...host,
    orchestrator,
    waiters,
    firstListening: new FirstListening(world, registry, trees),
    trees,
    admission,
    halt,
    projects: new ProjectKeeper(world, settings, registry),
    progressKeeper,
    leases,
    health,
    sampler,
    metricsKeeper,
    monitor,
    adopted,
    sockets,
    terminals,
    temporaries,
    sessions,
    instances,
    gates,
    handovers,
    manager,
    dead,
    finalDrain,
    historyWriter,
    forecasts,
    runBars,
    failures,
    hooks,
    scheduler,
    fileRestarts,
    observedTime,
    garbage,
    janitor,
    metrics,
    tokens,
    logins,
    orphans,
    formerOwners,
    fleet,
    /** Nothing begins and nothing is watched any more; the caller waits for pending writes. */
    close(): void {
      for (const each of [fleet, janitor, scheduler, fileRestarts, hooks]) each.close()
      monitor.stop()
      sampler.stop()
      for (const each of [health, adopted, temporaries, sessions, sockets, gates, handovers, commands, leases, progressKeeper])
        each.close()
    },
  }
}
