/** The daemon: the one place that knows every layer. Puts a World together, boots the supervisor, serves the socket. */
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { createAccessLog } from './adapters/access-log.ts'
import { createClock } from './adapters/clock.ts'
import { acquireDaemonLock } from './adapters/daemon-lock.ts'
import { createDaemonLog } from './adapters/daemon-log.ts'
import { createEnvStore } from './adapters/env-store.ts'
import { createFileWatcher } from './adapters/file-watcher.ts'
import { createHistoryStore } from './adapters/history-store.ts'
import { prepareHome } from './adapters/home.ts'
import { checkedBefore, createHomeGuard } from './adapters/home-guard.ts'
import { createHookRunner } from './adapters/hook-runner.ts'
import { newId } from './adapters/ids.ts'
import { closeInheritedFiles } from './adapters/inherited-files.ts'
import { createLogKeeper } from './adapters/logs/log-keeper.ts'
import { createTable } from './adapters/platform/index.ts'
import { createProber } from './adapters/prober.ts'
import { readable } from './adapters/readable.ts'
import { createResultStore } from './adapters/results/result-store.ts'
import { createSignaller } from './adapters/signal.ts'
import { createSpawner } from './adapters/spawn.ts'
import { realFileSystem } from './adapters/state/file-system.ts'
import { createStateStore } from './adapters/state/state-store.ts'
import { createNotifier, machineIsStopping } from './adapters/systemd-notify.ts'
import { createTimetable } from './adapters/timetable.ts'
import { createTokenStore } from './adapters/token-store.ts'
import { ownerAccess, tokenAccess } from './api/access.ts'
import { createAudit } from './api/audit.ts'
import { wireBounds } from './api/bounds.ts'
import { compileChecks } from './api/check-params.ts'
import type { DaemonContext } from './api/daemon-context.ts'
import { createGuard } from './api/guard.ts'
import { createHandlers } from './api/handlers.ts'
import { knownProcesses } from './api/known-processes.ts'
import { renderMetrics } from './api/metrics.ts'
import { createSocketServer } from './api/socket-server.ts'
import { hostNames, tcpWish } from './api/tcp-listener.ts'
import type { World } from './core/world.ts'
import { CALLER_ENV, DAEMON_ENV } from './protocol/daemon-command.ts'
import { type HttpAddress, readDaemonInfo } from './protocol/daemon-info.ts'
import { PtrackError } from './protocol/errors.ts'
import { bindableSocketPath, homeDirectory, SOCKET_FILE } from './protocol/socket-path.ts'
import { CAPABILITIES, PROTOCOL_VERSION, VERSION } from './protocol/version.ts'
import { boot } from './supervisor/boot.ts'
import { stripPrivate } from './supervisor/child-env.ts'
import { createSupervisor, type Supervisor } from './supervisor/create-supervisor.ts'
import { unseenNotices } from './supervisor/operations/notices-list.ts'
import { Registry } from './supervisor/registry.ts'
import { stopAll } from './supervisor/shutdown.ts'

/** daemon.json is tried again so often on a disk that refuses. */
const PUBLISH_AGAIN_MS = 5000

/** What the daemon alone was started with. */
const ownVariables = Object.fromEntries([...Object.keys(DAEMON_ENV), ...CALLER_ENV].map((name) => [name, undefined]))

async function main(): Promise<void> {
  closeInheritedFiles()
  const env = { ...process.env }
  const flag = process.argv.indexOf('--home')
  const home = homeDirectory(env, flag > 0 ? process.argv[flag + 1] : undefined)
  const startedAtMs = Date.now()
  // Our own files are private; programs get back what their starter had.
  const originalUmask = process.umask(0o077)
  prepareHome(home)

  const clock = createClock()
  const table = await createTable({ home })
  const identity = table.identityOf(process.pid)
  if (identity === null) throw new PtrackError('INTERNAL', 'cannot find myself in the process table')
  const outcome = await acquireDaemonLock(home, { identity, alive: (other) => table.alive(other) })
  // Another daemon is there, or is just starting: that is what whoever started us wanted.
  if (!outcome.held) return
  const { lock } = outcome
  const homeGuard = createHomeGuard({ home, lock: lock.link })
  /** What writes into the home, and into no other that may have been made in its place. */
  const fs = checkedBefore(realFileSystem, ['open', 'link', 'copyFile', 'rename', 'unlink'], homeGuard.check)
  // Still there after a crash only: pages that are open, and whoever else knew that address, find the next daemon at it.
  const before = readDaemonInfo(home)

  const log = createDaemonLog({ file: join(home, 'daemon.log'), level: env.PTRACK_LOG_LEVEL === 'debug' ? 'debug' : 'info' })
  process.on('uncaughtException', (error) => {
    // Loud and final: children live on and the next daemon adopts them.
    log.error('daemon', `crashed: ${error.message}`, error)
    process.stderr.write(`ptrackd: ${error.stack ?? error.message}\n`)
    process.exit(1)
  })
  log.info('daemon', `version ${VERSION} starts (PID: ${process.pid}, home ${home})`)

  const user = userInfo().username
  const signaller = createSignaller(table)
  const registry = new Registry()
  let supervisor: Supervisor | null = null
  const softNofile = Number(env.PTRACK_NOFILE_SOFT)
  const socket = bindableSocketPath(home)
  const baseEnv = stripPrivate({ ...env, ...ownVariables })
  const world: World = {
    home,
    socketPath: join(home, SOCKET_FILE),
    user,
    daemonPid: process.pid,
    baseEnv,
    nodePreload: () => readable(join(__dirname, 'ptrack-preload.cjs')),
    clock,
    random: Math.random,
    newId,
    table,
    signaller,
    spawner: checkedBefore(
      createSpawner({
        table,
        log,
        originalUmask,
        originalSoftNofile: Number.isFinite(softNofile) && softNofile > 0 ? softNofile : null,
      }),
      ['spawn'],
      homeGuard.check,
    ),
    store: createStateStore({
      dir: home,
      read: (id) => registry.get(id)?.record,
      bootId: table.bootId,
      clock,
      log,
      user,
      fs,
    }),
    envs: createEnvStore({ dir: join(home, 'env'), log, fs }),
    logs: checkedBefore(
      createLogKeeper({
        dir: join(home, 'logs'),
        clock,
        log,
        readerScript: join(__dirname, 'ptrack-reader.cjs'),
        freezeTree: (name) => supervisor?.trees.freeze(name) ?? null,
      }),
      ['beginRun', 'flush', 'remove'],
      homeGuard.check,
    ),
    tokens: createTokenStore({ dir: home, log, fs }),
    prober: createProber({ table, signaller }),
    results: checkedBefore(createResultStore({ dir: join(home, 'results'), clock, log }), ['append', 'remove'], homeGuard.check),
    history: checkedBefore(createHistoryStore({ dir: join(home, 'history'), clock, log }), ['append'], homeGuard.check),
    hooks: createHookRunner({ table, signaller, env: baseEnv, home }),
    files: createFileWatcher(),
    timetable: createTimetable(),
    log,
  }
  supervisor = createSupervisor(world, registry)
  const { events, tokens, logins, historian, observedTime, janitor } = supervisor
  const tokenNotes = await tokens.load()
  const intervalNotes = setMonitorInterval(supervisor.monitor, env.PTRACK_MONITOR_INTERVAL)
  const wish = process.argv.includes('--halt') ? 'halt' : process.argv.includes('--lift') ? 'lift' : null
  const report = await boot(supervisor, wish)
  report.notes.push(...tokenNotes, ...intervalNotes)
  for (const note of tokenNotes) supervisor.notices.add(note)
  supervisor.hooks.start()
  // Nothing waits for it: what ends meanwhile is kept until the history has been looked at.
  void historian.start()
  observedTime.begin()
  janitor.start()
  const notifier = createNotifier(env, clock, log)
  let stopping = false
  let http: HttpAddress | null = null
  const context: DaemonContext = {
    supervisor,
    boot: report,
    startedAtMs,
    clients: () => server.clients,
    http: () => http,
    // After the reply has left: the client waits for it.
    shutDown: (reason) => void clock.wakeAfter(20, () => void shutDown(reason)),
  }
  const audit = createAudit({ publish: (payload) => void events.publish('audit', null, payload), clock, log })
  const guard = createGuard({
    handlers: createHandlers(context),
    followLogs: (cursor, onPage) => world.logs.follow(cursor, onPage),
    namesIn: (cursor) => world.logs.namesIn(cursor),
    processes: knownProcesses(supervisor),
    audit,
    clock,
  })
  const admission = { bearers: tokens, clock, onBadToken: () => audit.denied('connect', [], null) }
  const server = createSocketServer({
    guard,
    events,
    views: supervisor.views,
    audience: {
      setWatchers: (count) => supervisor?.sampler.setWatchers(count),
      setListeners: (count) => supervisor?.monitor.setListeners(count),
    },
    revision: () => supervisor?.views.revision ?? 0,
    hello: (peer) => ({
      version: VERSION,
      protocol: PROTOCOL_VERSION,
      capabilities: [...CAPABILITIES],
      pid: process.pid,
      home,
      startedAt: new Date(startedAtMs).toISOString(),
      user,
      ...unseenNotices(supervisor, peer),
    }),
    log,
    home: homeGuard,
    // Whoever chose a shorter round of the monitor wants to wait no longer for this.
    bounds: { presenceMs: Math.min(wireBounds.presenceMs, supervisor.monitor.intervalMs) },
    access: ownerAccess(user, admission),
    accessLog: createAccessLog({ file: join(home, 'access.log'), clock }),
    page: { dir: join(__dirname, 'web'), logins },
    renderMetrics: () => renderMetrics({ ...context, clock, stateHealth: () => world.store.health() }),
  })

  async function shutDown(reason: string): Promise<void> {
    if (stopping) return
    stopping = true
    homeGuard.check()
    log.info('daemon', `stops: ${reason}`)
    notifier.stopping()
    if (supervisor !== null && (await machineIsStopping(env))) await stopAll(supervisor, 'shutdown')
    await server.close(reason)
    supervisor?.close()
    observedTime.note()
    await historian.settled()
    await world.history.close()
    historian.saveMarks()
    await world.logs.close()
    await world.results.close()
    await world.store.close()
    socket.close()
    await lock.release()
    process.exit(0)
  }
  /** Whoever cannot have the port still supervises: it is a note, not the end. */
  async function listenTcp(): Promise<HttpAddress | null> {
    try {
      const wish = tcpWish(env.PTRACK_HTTP, env.PTRACK_LISTEN, before)
      if (wish === null) return null
      const bound = await server.listenTcp(wish, (at) => {
        const hosts = hostNames(at)
        return tokenAccess({ ...admission, hosts: () => hosts })
      })
      log.info('daemon', `listens for HTTP at ${bound.host}:${bound.port}`)
      return bound
    } catch (error) {
      if (!(error instanceof PtrackError)) throw error
      log.warn('daemon', `no HTTP by TCP: ${error.message}`)
      report.notes.push(`no HTTP by TCP: ${error.message}`)
      return null
    }
  }
  process.on('SIGTERM', () => void shutDown('SIGTERM; children live on'))
  process.on('SIGINT', () => void shutDown('SIGINT; children live on'))
  process.on('SIGHUP', () => log.info('daemon', 'SIGHUP ignored'))

  http = await listenTcp()
  const info = {
    pid: process.pid,
    startTicks: identity.startTicks,
    bootId: identity.bootId,
    startTime: new Date(startedAtMs).toISOString(),
    version: VERSION,
    protocol: PROTOCOL_VERSION,
    http,
  }
  // Told for convenience only: a daemon on a full disk is worth more than none.
  const publish = (): Promise<void> =>
    lock.publish(info).catch((error: unknown) => {
      log.warn('daemon', `cannot write daemon.json: ${error instanceof Error ? error.message : String(error)}`)
      clock.wakeAfter(PUBLISH_AGAIN_MS, () => void publish())
    })
  // Told before the socket answers: who got an answer finds the daemon that gave it in daemon.json.
  await publish()
  await server.listen(socket.path)
  notifier.ready(`${report.processes} processes, ${report.adopted} adopted`)
  // What an earlier daemon left behind is told once, without anybody asking.
  setImmediate(() => {
    context.supervisor.orphans.find()
    compileChecks()
  })
}

/** What cannot be used is a note, and the standard holds. */
function setMonitorInterval(monitor: Supervisor['monitor'], text: string | undefined): string[] {
  if (text === undefined) return []
  try {
    monitor.setInterval(text)
    return []
  } catch (error) {
    if (!(error instanceof PtrackError)) throw error
    return [`${error.message}; ${error.hint}`]
  }
}

main().catch((error: unknown) => {
  const hint = error instanceof PtrackError && error.hint ? `; ${error.hint}` : ''
  process.stderr.write(
    `ptrackd: ${error instanceof PtrackError ? error.message + hint : error instanceof Error ? error.stack : String(error)}\n`,
  )
  process.exit(1)
})
