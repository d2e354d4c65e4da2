/**
 * Starts programs in their own session, stdio straight to their log files, so that they survive the daemon. node:child_process,
 * since execa costs 70 KB and 0.6 ms more per child for unused pipes and promises.
 */
import { strict as assert } from 'node:assert'
import { type ChildProcess, spawnSync, spawn as startChild } from 'node:child_process'
import { closeSync, constants, fchmodSync, fchownSync, openSync } from 'node:fs'
import { explained } from '../core/exit-meaning.ts'
import type { ExitFact } from '../core/state.ts'
import type { DaemonLog, Spawner, SpawnOutcome, SpawnPlan } from '../core/world.ts'
import { NOWHERE } from '../protocol/log-files.ts'
import { monoMs } from '../protocol/mono.ts'
import { NotAFile } from '../protocol/plain-file.ts'
import { CannotStart } from './cannot-start.ts'
import { errnoOf } from './errno.ts'
import { endInput, inputOpen, prepareInput, removeInput } from './input.ts'
import { type Launch, ownSoftNofile, planLaunch } from './launch.ts'
import type { OsTable } from './platform/os-table.ts'
import { RecordFiles } from './record-files.ts'
import { exitOfShell, recordedExit } from './recorder.ts'
import { openFileSync } from './regular-file.ts'
import { type RunCgroup, runCgroup } from './run-cgroup.ts'
import type { Order } from './sockets/order.ts'
import { socketPlaces } from './sockets/places.ts'
import { begunRun, orderRun, reportTo } from './sockets/start-run.ts'
import { prepareTyped } from './terminal.ts'
import { sleepSync } from './wait-sync.ts'

export interface SpawnerOptions {
  home: string
  table: OsTable
  log?: DaemonLog
  /** The soft limit of open files before Node raised its own, restored for children. null = unknown. */
  originalSoftNofile: number | null
  /** The umask that the daemon was started with, for children unless their definition says otherwise; else the daemon's. */
  originalUmask?: number
}

/** The stdout or stderr of `ptrack runtime`: a pipe, a terminal or a file, which is written to as it is. */
const OF_RUNTIME = /^\/proc\/\d+\/fd\/[12]$/
const OPEN_AS_IT_IS = constants.O_WRONLY | constants.O_APPEND | constants.O_NOCTTY

export function createSpawner({ home, table, log, originalSoftNofile, originalUmask }: SpawnerOptions): Spawner {
  const softNofile = originalSoftNofile === ownSoftNofile() ? null : originalSoftNofile
  const records = new RecordFiles()
  const places = socketPlaces(home)
  /** Of runs that are no children of ours, by exit record. */

  /** Prepare all, fork all, report all: after a fork each page we write to costs a fault, as the child shares it. */
  const spawn: Spawner['spawn'] = (starts) => {
    const ready = starts.map(({ plan }) => prepare(plan))
    const children = withUmasks((setUmask) => ready.map((each) => ('ok' in each ? each : fork(each, setUmask))))
    if (children.length === 1 && 'pid' in children[0]!) yieldCoreToChild()
    return children.map((child, index) => {
      if ('ok' in child) return child
      const each = ready[index] as Ready
      return 'script' in child ? outcomeOfOrder(each, child) : outcomeOf(child, each, starts[index]!.onExit)
    })
  }

  function prepare(plan: SpawnPlan): Ready | SpawnOutcome {
    let launch: Launch | null = null
    const fds: number[] = []
    try {
      launch = planLaunch(plan, softNofile, plan.sockets === null ? '' : reportTo(places, plan.run.id), home)
      if (plan.recordFile !== null) prepareRecordOrWarn(plan.name, plan.recordFile)
      if (plan.recordFile !== null && plan.input) prepareInput(plan.recordFile)
      if (plan.recordFile !== null && plan.terminal !== null) prepareTyped(plan.recordFile)
      for (const path of [plan.outFile, plan.errFile]) fds.push(openLogOrNothing(plan, path, launch.owner))
      if (plan.stdinFile !== null) fds.push(openStdin(plan.stdinFile))
      return { plan, launch, fds }
    } catch (error) {
      return giveUp({ plan, launch, fds }, error)
    }
  }

  function fork(ready: Ready, setUmask: SetUmask): ChildProcess | Order | SpawnOutcome {
    try {
      const umask = ready.plan.umask === null ? originalUmask : Number.parseInt(ready.plan.umask, 8)
      const { plan, launch } = ready
      if (plan.sockets === null) setUmask(umask)
      // A holder of its sockets starts it.
      const child = plan.sockets === null ? start(ready) : orderRun(places, plan, launch, umask ?? process.umask(), table)
      for (const fd of ready.fds) closeSync(fd)
      return child
    } catch (error) {
      return giveUp(ready, error)
    }
  }

  function giveUp({ plan, launch, fds }: Omit<Ready, 'launch'> & { launch: Launch | null }, error: unknown): SpawnOutcome {
    for (const fd of fds) closeSync(fd)
    launch?.cgroup?.remove()
    if (plan.recordFile !== null && (plan.input || plan.terminal !== null)) removeInput(plan.recordFile)
    if (plan.recordFile !== null) records.retire(plan.recordFile)
    return refusal(plan.name, error)
  }

  function outcomeOfOrder(ready: Ready, order: Order): SpawnOutcome {
    try {
      const leader = begunRun(order, table)
      return { ok: true, leader, program: null }
    } catch (error) {
      return giveUp({ ...ready, fds: [] }, error)
    }
  }

  function outcomeOf(child: ChildProcess, { plan, launch }: Ready, onExit: (exit: ExitFact) => void): SpawnOutcome {
    reportExit(child, plan.recordFile, launch.cgroup, onExit)
    // Children outlive the daemon and must not keep it alive.
    child.unref()
    assert(child.pid !== undefined)
    // Reaping needs the event loop, so the pid is still this child's, even if it died meanwhile.
    const leader = table.identityEvenIfDead(child.pid)
    assert(leader !== null, `the child ${child.pid} is missing from the process table`)
    // The program below a recorder is found later: the shell is only just starting.
    return { ok: true, leader, program: plan.recordFile === null ? leader : null }
  }

  /** A full disk must not stop a job: only its exit would be lost, and only together with the daemon. */
  function prepareRecordOrWarn(name: string, recordFile: string): void {
    try {
      records.prepare(recordFile)
    } catch (error) {
      if (!DISK_TAKES_NOTHING.has(errnoOf(error) ?? '')) throw error
      log?.warn('spawn', `no room for the exit record of ${name}: its outcome will be lost if the daemon ends before it`)
    }
  }

  function start({ plan, launch, fds }: Ready): ChildProcess {
    const child = startChild(launch.file, launch.args, {
      argv0: launch.argv0,
      cwd: plan.cwd,
      env: launch.env,
      detached: true,
      stdio: [fds[2] ?? 'ignore', fds[0]!, fds[1]!],
    })
    logErrors(child, plan.name)
    if (child.pid === undefined) throw whyNotStarted(launch)
    return child
  }

  // Listeners live as long as the child, and so do their closures: made where the start is planned, they would keep its environment.

  /** Without a listener a failed exec would be an uncaught exception of the daemon. */
  function logErrors(child: ChildProcess, name: string): void {
    child.on('error', (error) => log?.warn('spawn', `${name}: ${error.message}`))
  }

  function reportExit(
    child: ChildProcess,
    recordFile: string | null,
    cgroup: RunCgroup | null,
    onExit: (exit: ExitFact) => void,
  ): void {
    child.once('exit', (code, signal) => {
      const outOfMemory = cgroup?.outOfMemory() === true
      // A recorder exits with the code it recorded: the file matters only if a signal ended the recorder itself.
      const recorded = recordFile === null || code !== null ? null : recordedExit(recordFile)
      onExit(explained(recorded ?? exitFact(code, signal, recordFile !== null), outOfMemory))
    })
  }

  /** A full disk must not stop a service: only its output is lost. */
  function openLogOrNothing({ name, umask }: SpawnPlan, path: string, owner: Launch['owner']): number {
    try {
      if (path === NOWHERE || OF_RUNTIME.test(path)) return openSync(path, OPEN_AS_IT_IS)
      if (path.startsWith(`${home}/`)) return openLog(path, owner)
      return openElsewhere(
        path,
        owner,
        0o666 & ~(umask === null ? (originalUmask ?? process.umask()) : Number.parseInt(umask, 8)),
      )
    } catch (error) {
      if (!(error instanceof CannotStart) || !DISK_TAKES_NOTHING.has(error.code)) throw error
      log?.warn('spawn', `${name} runs without ${path}, which cannot be opened (${error.code}); restart it to have one again`)
      return openSync(NOWHERE, 'a')
    }
  }

  return {
    spawn,
    recordedExit,
    retireRecord: (recordFile) => records.retire(recordFile),
    inputOpen,
    endInput,
    removeInput,
    ranOutOfMemory: (name, { id }) => runCgroup(name, id)?.outOfMemory() === true,
    removeCgroup: (name, { id }) => runCgroup(name, id)?.remove(),
  }
}

/** Everything that can be refused before the fork has been, and the logs are open. */
interface Ready {
  plan: SpawnPlan
  launch: Launch
  fds: number[]
}

/** A single start: none in this time before it. */
const ALONE_MS = 20
const GIVE_WAY_MS = 1
let lastStartMono = Number.NEGATIVE_INFINITY

/** A new child waits 2 to 4 ms on its parent's core until we are done; sleeping lets it begin. In mass starts forks yield. */
function yieldCoreToChild(): void {
  const nowMono = monoMs()
  const alone = nowMono - lastStartMono > ALONE_MS
  lastStartMono = nowMono
  if (alone) sleepSync(GIVE_WAY_MS)
}

/** Read-only or full: temporary, and reported as the state's own trouble. */
const DISK_TAKES_NOTHING = new Set(['EROFS', 'ENOSPC', 'EDQUOT'])

/** `undefined` = the daemon's own. */
type SetUmask = (umask: number | undefined) => void

/** Children inherit the umask, without an option in Node: it is changed during the forks. Our own files have explicit modes. */
function withUmasks<T>(act: (setUmask: SetUmask) => T): T {
  let own: number | undefined
  let present: number | undefined
  try {
    return act((umask) => {
      const wanted = umask ?? own
      if (wanted === undefined || wanted === present) return
      const before = process.umask(wanted)
      own ??= before
      present = wanted
    })
  } finally {
    if (own !== undefined) process.umask(own)
  }
}

function openLog(path: string, owner: Launch['owner'], flags: 'a' | 'ax' = 'a'): number {
  let fd: number
  try {
    fd = openFileSync(path, flags)
  } catch (cause) {
    const errno = errnoOf(cause)
    if (errno === undefined) throw cause
    throw new CannotStart(errno, `its log ${path} cannot be opened: ${describe(cause)}`, { cause })
  }
  if (owner !== null) fchownSync(fd, owner.uid, owner.gid)
  return fd
}

/** Not a FIFO, which would keep the daemon waiting for a writer. */
function openStdin(path: string): number {
  try {
    return path === NOWHERE ? openSync(path, 'r') : openFileSync(path, 'r')
  } catch (cause) {
    const errno = errnoOf(cause)
    if (errno === undefined) throw cause
    throw new CannotStart(errno, `its stdin ${path} cannot be opened: ${STDIN[errno] ?? describe(cause)}`, { cause })
  }
}
const STDIN: Record<string, string> = {
  ENOENT: 'there is no such file; make it, or change --stdin',
  EFTYPE: 'it is no regular file; name one, or pass it on with `ptrack run`',
}

/** What is there keeps its owner and mode; others may read what is new as far as the umask says. */
function openElsewhere(path: string, owner: Launch['owner'], mode: number): number {
  try {
    const fd = openLog(path, owner, 'ax')
    fchmodSync(fd, mode)
    return fd
  } catch (error) {
    if (!(error instanceof CannotStart) || error.code !== 'EEXIST') throw error
    return openLog(path, null)
  }
}

/** Node reports errno only in the next tick. A trial spawn shows whether the system is short of something; else the file is. */
function whyNotStarted(launch: Launch): CannotStart {
  const probe = spawnSync('/bin/sh', ['-c', ':'], { stdio: 'ignore', timeout: 5000 })
  const errno = errnoOf(probe.error)
  if (errno !== undefined && errno in EXHAUSTED) return new CannotStart(errno, describe(probe.error))
  return new CannotStart(
    'SPAWN_FAILED',
    `the system refuses to execute ${launch.file}; check that its file system is not mounted noexec`,
  )
}

const EXHAUSTED: Record<string, string> = {
  EAGAIN: "the limit of processes is reached (EAGAIN); raise `ulimit -u` or the cgroup's pids.max",
  EMFILE: 'the daemon has no free file descriptor (EMFILE); raise `ulimit -n`',
  ENFILE: 'the system has no free file descriptor (ENFILE); raise fs.file-max',
  ENOMEM: 'there is not enough memory (ENOMEM)',
}
const REFUSED: Record<string, string> = {
  E2BIG: 'its arguments and environment are too large for the kernel (E2BIG); shorten them or use --clean-env',
  ENOEXEC: 'it is neither a program for this machine nor a script with a `#!` line (ENOEXEC); add one, such as #!/bin/sh',
  ENOSPC: 'no space left on the device (ENOSPC)',
  EACCES: 'permission denied (EACCES)',
  EROFS: 'the file system is read-only (EROFS)',
}
function describe(error: unknown): string {
  if (error instanceof NotAFile) return `${error.words}; move it away`
  const errno = errnoOf(error) ?? ''
  return EXHAUSTED[errno] ?? REFUSED[errno] ?? errno
}
const placeOf = (error: unknown): string => (error instanceof NotAFile ? `${error.path}: ` : '')

function refusal(name: string, error: unknown): SpawnOutcome {
  if (error instanceof CannotStart) return { ok: false, code: error.code, message: `cannot start ${name}: ${error.message}` }
  const errno = errnoOf(error)
  // A NUL byte in an argument or variable: no kernel interface can carry it.
  if (error instanceof TypeError && errno === 'ERR_INVALID_ARG_VALUE')
    return { ok: false, code: 'SPAWN_FAILED', message: `cannot start ${name}: ${error.message}` }
  if (errno !== undefined && !errno.startsWith('ERR_'))
    return { ok: false, code: errno, message: `cannot start ${name}: ${placeOf(error)}${describe(error)}` }
  throw error
}

/** SIGKILL is all that the parent sees of a process that the kernel killed for want of memory. */
function exitFact(code: number | null, signal: string | null, shell: boolean): ExitFact {
  if (signal !== null) return { kind: 'signal', signal, inferred: false }
  assert(code !== null, 'a child ended with neither code nor signal')
  return shell ? exitOfShell(code) : { kind: 'code', code }
}
