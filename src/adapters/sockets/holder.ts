/** A holder: a shell that keeps the sockets open, and starts programs that inherit them. Its script has no version. */
import { spawn, spawnSync } from 'node:child_process'
import { closeSync, constants, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Identity } from '../../core/state.ts'
import type { SocketHolder } from '../../protocol/sockets.ts'
import { CannotStart } from '../cannot-start.ts'
import { errnoOf } from '../errno.ts'
import { makeFifos } from '../fifo.ts'
import type { OsTable } from '../platform/os-table.ts'
import { waitSync } from '../wait-sync.ts'
import { quoted, type SocketPlaces } from './places.ts'

/**
 * - stdin is its FIFO, opened for reading and writing: no writer's death ends it. fds 3.. are the sockets.
 * - A line names a script in the FIFO's directory. The shell that begins it removes it first, so none begins twice.
 * - `setsid -f`, not `&`: what a shell starts with `&` has SIGINT and SIGQUIT ignored for ever.
 * - Signals are caught, not ignored: caught ones are back at their default in what is started.
 */
export const HOLDER = `# Keeps the listening sockets of PTRACK_HOLDER open (fds 3..) and starts programs that inherit them.
trap : HUP INT QUIT ABRT USR1 USR2 PIPE ALRM TERM
cd "$1" || exit 1
while :; do
  n=; read -r n || continue
  case $n in
    end) exit 0 ;;
    ''|*[!A-Za-z0-9._-]*) ;;
    *) setsid -f /bin/sh "$1/$n.sh" </dev/null >/dev/null 2>&1 ;;
  esac
done
`
/** A holder answers within a millisecond; on a machine that swaps, later. */
const ANSWER_MS = 2000
const MARKER = 'PTRACK_HOLDER'
const SYSTEM_PATH = '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin'

export type HolderTable = Pick<OsTable, 'identityEvenIfDead' | 'identityOf' | 'alive'>

export function prepareHolders(places: SocketPlaces, dir: string, fifos: readonly string[]): void {
  refuseOldSetsid()
  mkdirSync(places.of(dir), { recursive: true, mode: 0o700 })
  // In place at once: a holder may be reading the old one.
  const coming = `${places.script}.new`
  writeFileSync(coming, HOLDER, { mode: 0o600 })
  renameSync(coming, places.script)
  makeFifos(fifos.map((name) => places.fifo(dir, name)))
}

let setsidForks: boolean | undefined
/** util-linux since 2.24; busybox has no -f. */
function refuseOldSetsid(): void {
  setsidForks ??= spawnSync('setsid', ['-f', 'true'], { stdio: 'ignore', env: { PATH: SYSTEM_PATH } }).status === 0
  if (!setsidForks)
    throw new CannotStart('MISSING_TOOL', 'shared sockets need `setsid -f` (util-linux 2.24 or later), which is not installed')
}

/** The first ones, which inherit from the daemon. */
export function startHolder(
  places: SocketPlaces,
  dir: string,
  name: string,
  fds: readonly number[],
  table: HolderTable,
): SocketHolder {
  const fifo = openSync(places.fifo(dir, name), constants.O_RDWR)
  try {
    const child = spawn('/bin/sh', [places.script, places.of(dir)], {
      argv0: 'sh',
      cwd: '/',
      detached: true,
      env: { PATH: SYSTEM_PATH, [MARKER]: places.of(dir) },
      stdio: [fifo, 'ignore', 'ignore', ...fds],
    })
    child.on('error', () => undefined)
    child.unref()
    const identity = child.pid === undefined ? null : table.identityEvenIfDead(child.pid)
    if (identity === null) throw new CannotStart('SPAWN_FAILED', 'the shell that holds its sockets cannot be started')
    return { ...identity, fifo: name }
  } finally {
    closeSync(fifo)
  }
}

/** Later ones, which inherit from a living one; null when it does not answer. */
export function replaceHolder(
  places: SocketPlaces,
  dir: string,
  name: string,
  from: readonly SocketHolder[],
  table: HolderTable,
): SocketHolder | null {
  makeFifos([places.fifo(dir, name)])
  const script = join(places.of(dir), `start-${name}.sh`)
  const pidFile = places.holderPid(dir, name)
  const begin = `rm -- "$0" || exit; echo $$ >${quoted(pidFile)}
exec /bin/sh ${quoted(places.script)} ${quoted(places.of(dir))} <>${quoted(places.fifo(dir, name))}
`
  const wish = { name: `start-${name}`, script, text: begin, pidFile }
  const identity = order(places, dir, wish, from, table) ? begun(wish, table) : null
  return identity === null ? null : { ...identity, fifo: name }
}

export interface Order {
  /** The line for the holder. */
  name: string
  script: string
  text: string
  /** Where the script writes its pid. */
  pidFile: string
}

/** Writes the script and the line. False when no holder reads any more. */
export function order(
  places: SocketPlaces,
  dir: string,
  { name, script, text }: Omit<Order, 'pidFile'>,
  holders: readonly SocketHolder[],
  table: HolderTable,
): boolean {
  writeFileSync(script, text, { mode: 0o600 })
  const sent = holders.some((holder) => table.alive(holder) && say(places.fifo(dir, holder.fifo), name))
  if (!sent) rmSync(script, { force: true })
  return sent
}

/** Waits for the pid that a script writes first. Null: it never began, and never will. */
export function begun({ script, pidFile }: Pick<Order, 'script' | 'pidFile'>, table: HolderTable): Identity | null {
  let pid: number | null = null
  const read = (): boolean => {
    pid = pidIn(pidFile)
    return pid !== null
  }
  // Its removal decides: by us, and it never begins, or by its shell, and the pid comes.
  if (!waitSync(read, ANSWER_MS) && removed(script)) return null
  waitSync(read, ANSWER_MS)
  rmSync(pidFile, { force: true })
  return pid === null ? null : table.identityEvenIfDead(pid)
}

/** False: nothing reads the FIFO, so that holder is dead. */
export function say(fifo: string, line: string): boolean {
  let fd: number
  try {
    fd = openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW)
  } catch (error) {
    if (errnoOf(error) === 'ENXIO' || errnoOf(error) === 'ENOENT') return false
    throw error
  }
  try {
    writeSync(fd, `${line}\n`)
    return true
  } catch (error) {
    // Full: it has not read for a long time.
    if (errnoOf(error) === 'EAGAIN' || errnoOf(error) === 'EPIPE') return false
    throw error
  } finally {
    closeSync(fd)
  }
}

function pidIn(file: string): number | null {
  try {
    const match = /^(\d+)\n/.exec(readFileSync(file, 'latin1'))
    return match === null ? null : Number(match[1])
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null
    throw error
  }
}

function removed(script: string): boolean {
  try {
    rmSync(script)
    return true
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false
    throw error
  }
}
