/** The daemon's surroundings: a home that no other daemon holds, and the World of adapters on it. */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { createAuditLog } from '../adapters/audit-log.ts'
import { createFleetPlaces } from '../adapters/bus/places.ts'
import { createClock } from '../adapters/clock.ts'
import { acquireDaemonLock, type DaemonLock } from '../adapters/daemon-lock.ts'
import { createDaemonLog } from '../adapters/daemon-log.ts'
import { createEnvStore } from '../adapters/env-store.ts'
import { createFileWatcher } from '../adapters/file-watcher.ts'
import { createHistoryStore } from '../adapters/history-store.ts'
import { prepareHome } from '../adapters/home.ts'
import { checkedBefore, createHomeGuard, type HomeGuard } from '../adapters/home-guard.ts'
import { createHookRunner } from '../adapters/hook-runner.ts'
import { newId } from '../adapters/ids.ts'
import { closeInheritedFiles } from '../adapters/inherited-files.ts'
import { createLogKeeper } from '../adapters/logs/log-keeper.ts'
import { createMetricsStore } from '../adapters/metrics-store.ts'
import { ownUserName } from '../adapters/os-user.ts'
import { createTable } from '../adapters/platform/index.ts'
import { preloadCopy } from '../adapters/preload-copy.ts'
import { createProber } from '../adapters/prober.ts'
import { readable } from '../adapters/readable.ts'
import { createResultStore } from '../adapters/results/result-store.ts'
import { createSignaller } from '../adapters/signal.ts'
import { isForeign, userPlaces } from '../adapters/sockets/for-users.ts'
import { createSocketKeeping } from '../adapters/sockets/keeping.ts'
import { socketPlaces } from '../adapters/sockets/places.ts'
import { createSpawner } from '../adapters/spawn.ts'
import { realFileSystem } from '../adapters/state/file-system.ts'
import { createStateStore } from '../adapters/state/state-store.ts'
import { createTerminals } from '../adapters/terminal.ts'
import { createTimetable } from '../adapters/timetable.ts'
import { createTokenStore } from '../adapters/token-store.ts'
import type { Identity } from '../core/state.ts'
import type { World } from '../core/world.ts'
import { CALLER_ENV, DAEMON_ENV } from '../protocol/daemon-command.ts'
import { PtrackError } from '../protocol/errors.ts'
import { bindableSocketPath, homeDirectory, SOCKET_FILE, type SocketPath } from '../protocol/socket-path.ts'
import { VERSION } from '../protocol/version.ts'
import { stripPrivate } from '../supervisor/child-env.ts'
import { Registry } from '../supervisor/registry.ts'
import { Trees } from '../supervisor/trees.ts'

/** The variables that are the daemon's alone. */
const ownVariables = Object.fromEntries([...Object.keys(DAEMON_ENV), ...CALLER_ENV].map((name) => [name, undefined]))

export interface Site {
  env: NodeJS.ProcessEnv
  world: World
  /** What the world asks back: the records it saves, and the trees it freezes for a rotation. */
  registry: Registry
  trees: Trees
  startedAtMs: number
  identity: Identity
  lock: DaemonLock
  homeGuard: HomeGuard
  socket: SocketPath
}

/** null: another daemon is there, or just starting, which is what the caller wanted. */
export async function createWorld(env: NodeJS.ProcessEnv, argv: readonly string[]): Promise<Site | null> {
  closeInheritedFiles()
  const flag = argv.indexOf('--home')
  const home = homeDirectory(env, flag > 0 ? argv[flag + 1] : undefined)
  const startedAtMs = Date.now()
  // Our own files are private; programs get the original umask back.
  const originalUmask = process.umask(0o077)
  prepareHome(home)

  const clock = createClock()
  const table = await createTable({ home })
  const identity = table.identityOf(process.pid)
  if (identity === null) throw new PtrackError('INTERNAL', 'cannot find myself in the process table')
  const outcome = await acquireDaemonLock(home, { identity, alive: (other) => table.alive(other) })
  if (!outcome.held) return null
  const { lock } = outcome
  const homeGuard = createHomeGuard({ home, lock: lock.link })
  /** Everything that writes checks first that the home is still ours. */
  const fs = checkedBefore(realFileSystem, ['open', 'link', 'copyFile', 'rename', 'unlink'], homeGuard.check)
  const log = createDaemonLog({ file: join(home, 'daemon.log'), level: env.PTRACK_LOG_LEVEL === 'debug' ? 'debug' : 'info' })
  process.on('uncaughtException', (error) => {
    // Loud and final: children live on and the next daemon adopts them.
    log.error('daemon', `crashed: ${error.message}`, error)
    process.stderr.write(`ptrackd: ${error.stack ?? error.message}\n`)
    process.exit(1)
  })
  log.info('daemon', `version ${VERSION} starts (PID: ${process.pid}, home ${home})`)

  const user = ownUserName()
  const signaller = createSignaller(table)
  const registry = new Registry()
  const softNofile = Number(env.PTRACK_NOFILE_SOFT)
  const socket = bindableSocketPath(home)
  const baseEnv = stripPrivate({ ...env, ...ownVariables })
  const preloadFile = join(__dirname, 'ptrack-sockets.cjs')
  const users = userPlaces(home, socketPlaces(home), preloadFile)
  const ownPreload = preloadCopy(preloadFile, join(home, 'sockets'))
  const world: World = {
    home,
    socketPath: join(home, SOCKET_FILE),
    user,
    daemonPid: process.pid,
    baseEnv,
    runtime: env.PTRACK_RUNTIME !== undefined,
    isDirectory: (path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false,
    nodePreload: () => readable(join(__dirname, 'ptrack-preload.cjs')),
    socketsPreload: (name) => (isForeign(name) ? users.preload(name) : ownPreload()),
    clock,
    random: Math.random,
    newId,
    table,
    signaller,
    spawner: checkedBefore(
      createSpawner({
        home,
        table,
        log,
        originalUmask,
        originalSoftNofile: Number.isFinite(softNofile) && softNofile > 0 ? softNofile : null,
      }),
      ['spawn'],
      homeGuard.check,
    ),
    terminals: createTerminals(table),
    sockets: checkedBefore(createSocketKeeping({ home, table, signaller, users }), ['open', 'replace', 'close'], homeGuard.check),
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
        passedOn: env.PTRACK_RUNTIME !== undefined,
        runtimePid: Number(env.PTRACK_RUNTIME) || null,
        freezeTree: (name) => trees.freeze(name),
      }),
      ['beginRun', 'flush', 'remove'],
      homeGuard.check,
    ),
    tokens: createTokenStore({ dir: home, log, fs }),
    prober: createProber({ table, signaller }),
    results: checkedBefore(createResultStore({ dir: join(home, 'results'), clock, log }), ['append', 'remove'], homeGuard.check),
    history: checkedBefore(createHistoryStore({ dir: join(home, 'history'), clock, log }), ['append'], homeGuard.check),
    metrics: createMetricsStore({ dir: home, log, check: homeGuard.check }),
    audit: checkedBefore(createAuditLog({ dir: home }), ['note'], homeGuard.check),
    hooks: createHookRunner({ table, signaller, env: baseEnv, home }),
    files: createFileWatcher(),
    timetable: createTimetable(),
    fleet: createFleetPlaces({ dir: home, script: join(__dirname, 'ptrackd-fleet.cjs'), env, fs }),
    log,
  }
  const trees = new Trees(world, registry)
  return { env, world, registry, trees, startedAtMs, identity, lock, homeGuard, socket }
}
