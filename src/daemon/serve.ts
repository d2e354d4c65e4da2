/** Serves requests on the daemon's socket, and on TCP if configured. */
import { join } from 'node:path'
import { createAccessLog } from '../adapters/access-log.ts'
import { ownerAccess, tokenAccess } from '../api/access.ts'
import { createAudit } from '../api/audit.ts'
import { wireBounds } from '../api/bounds.ts'
import { compileChecks } from '../api/check-params.ts'
import type { DaemonContext } from '../api/daemon-context.ts'
import { createGuard } from '../api/guard.ts'
import { createHandlers } from '../api/handlers.ts'
import { knownProcesses, namesOf } from '../api/known-processes.ts'
import { renderMetrics } from '../api/metrics.ts'
import { createSocketServer, type SocketServer } from '../api/socket-server.ts'
import { hostNames, tcpWish } from '../api/tcp-listener.ts'
import { TunnelDesk } from '../api/tunnel.ts'
import { type HttpAddress, readDaemonInfo } from '../protocol/daemon-info.ts'
import { PtrackError } from '../protocol/errors.ts'
import { CAPABILITIES, PROTOCOL_VERSION, VERSION } from '../protocol/version.ts'
import { unseenNotices } from '../supervisor/operations/notices-list.ts'
import { stopAll } from '../supervisor/shutdown.ts'
import type { Daemon } from './create-daemon.ts'
import type { Leaving } from './shut-down.ts'

/** Interval of retries to write daemon.json on a disk that refuses. */
const PUBLISH_AGAIN_MS = 5000

export interface Serving {
  /** What the daemon runs ends before it does when SIGTERM or SIGINT ends it: `daemon run --stop-children`. */
  stopsChildren: boolean
  /** Called once, by the first request. */
  shutDown(server: SocketServer, leaving: Leaving): Promise<void>
}

export async function serve(daemon: Daemon, { stopsChildren, shutDown }: Serving): Promise<void> {
  const { site, supervisor, report, notifier } = daemon
  const { env, world, startedAtMs, identity, lock, homeGuard, socket } = site
  const { clock, log } = world
  const { events, tokens, logins } = supervisor
  // Left by a crash: open pages and other clients find the next daemon at the same address.
  const before = readDaemonInfo(world.home)
  let leaving = false
  const leave = (reason: string, children: 'live' | 'stop' = 'live'): void => {
    if (leaving) return
    leaving = true
    void shutDown(server, { reason, stopsChildren: children === 'stop' })
  }
  const onSignal = (signal: NodeJS.Signals): void => {
    if (!stopsChildren) return leave(`${signal}; children live on`)
    // A second one is impatience.
    if (leaving) void stopAll(supervisor, 'shutdown', 0)
    else leave(`${signal}; its processes are stopped first`, 'stop')
  }
  let http: HttpAddress | null = null
  const context: DaemonContext = {
    supervisor,
    boot: report,
    startedAtMs,
    clients: () => server.clients,
    http: () => http,
    // After the reply has been sent: the client waits for it.
    shutDown: (reason) => void clock.wakeAfter(20, () => leave(reason)),
  }
  const audit = createAudit({
    publish: (payload) => void events.publish('audit', null, payload),
    keep: (entry) => world.audit.note(entry),
    clock,
    log,
  })
  const guard = createGuard({
    handlers: createHandlers(context),
    followLogs: (cursor, onPage) => world.logs.follow(cursor, onPage),
    namesIn: (cursor) => world.logs.namesIn(cursor),
    processes: knownProcesses(supervisor),
    names: namesOf(supervisor),
    audit,
    clock,
  })
  const accessOptions = { bearers: tokens, clock, onBadToken: () => audit.denied('connect', [], null) }
  const server = createSocketServer({
    guard,
    events,
    views: supervisor.views,
    demand: {
      setWatchers: (count) => {
        supervisor.sampler.setWatchers(count)
        supervisor.failures.setWatched(count > 0)
      },
      setListeners: (count) => supervisor.monitor.setListeners(count),
    },
    revision: () => supervisor.views.revision,
    hello: (peer, cwd) => ({
      version: VERSION,
      protocol: PROTOCOL_VERSION,
      capabilities: [...CAPABILITIES],
      pid: process.pid,
      home: world.home,
      startedAt: new Date(startedAtMs).toISOString(),
      user: world.user,
      project: cwd === null ? null : supervisor.projects.at(cwd),
      ...unseenNotices(supervisor, peer),
    }),
    log,
    home: homeGuard,
    // A shorter monitor interval also shortens this wait.
    bounds: { presenceMs: Math.min(wireBounds.presenceMs, supervisor.monitor.intervalMs) },
    access: ownerAccess(world.user, accessOptions),
    accessLog: createAccessLog({ file: join(world.home, 'access.log'), clock }),
    page: { dir: join(__dirname, 'web'), logins },
    tunnels: new TunnelDesk({
      open: (ticket, node, { user, role }) =>
        supervisor.fleet.member(`reach the node ${node}`).open(ticket, node, { user, role }),
      endConnection: (ticket) => supervisor.fleet.joined?.endConnection(ticket),
      isPresent: (key) => supervisor.fleet.joined?.isPresent(key) === true,
    }),
    renderMetrics: () => renderMetrics({ ...context, clock, stateHealth: () => world.store.health() }),
  })

  /** A port that is taken is a note: the daemon supervises all the same. */
  async function listenTcp(): Promise<HttpAddress | null> {
    try {
      const wish = tcpWish(env.PTRACK_HTTP, env.PTRACK_LISTEN, before)
      if (wish === null) return null
      const bound = await server.listenTcp(wish, (at) => {
        const hosts = hostNames(at)
        return tokenAccess({ ...accessOptions, hosts: () => hosts })
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
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
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
    runtime: env.PTRACK_RUNTIME !== undefined,
  }
  // For convenience only: a daemon on a full disk is worth more than none.
  const publish = (): Promise<void> =>
    lock.publish(info).catch((error: unknown) => {
      log.warn('daemon', `cannot write daemon.json: ${error instanceof Error ? error.message : String(error)}`)
      clock.wakeAfter(PUBLISH_AGAIN_MS, () => void publish())
    })
  // Before the socket answers: a client finds the daemon that answered it in daemon.json.
  await publish()
  // Before anybody can see an event, it goes to the outbox of a node.
  report.notes.push(...(await supervisor.fleet.load()))
  await server.listen(socket.path)
  // ptrackd-fleet comes by this socket.
  supervisor.fleet.begin()
  notifier.ready(`${report.processes} processes, ${report.adopted} adopted`)
  // What an earlier daemon left behind is reported once, unasked.
  setImmediate(() => {
    supervisor.orphans.find()
    compileChecks()
  })
}
