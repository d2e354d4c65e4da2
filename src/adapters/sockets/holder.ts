/** A holder: a shell that keeps the sockets open, and starts programs that inherit them. Its script has no version. */
import { spawn, spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, renameSync } from 'node:fs'
import { quoted } from '../../protocol/shell-quote.ts'
import type { SocketHolder } from '../../protocol/sockets.ts'
import { CannotStart } from '../cannot-start.ts'
import { makeFifos, openBlockingFifo } from '../fifo.ts'
import { writeTextSync } from '../regular-file.ts'
import { begun, type HolderTable, order } from './order.ts'
import type { SocketPlaces } from './places.ts'

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
const MARKER = 'PTRACK_HOLDER'
const SYSTEM_PATH = '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin'

export function prepareHolders(places: SocketPlaces, dir: string, fifos: readonly string[]): void {
  refuseOldSetsid()
  mkdirSync(places.of(dir), { recursive: true, mode: 0o700 })
  // In place at once: a holder may be reading the old one.
  const coming = `${places.script}.new`
  writeTextSync(coming, HOLDER, 'w')
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
  const fifo = openBlockingFifo(places.fifo(dir, name))
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
  const exec = `exec /bin/sh ${quoted(places.script)} ${quoted(places.of(dir))} <>${quoted(places.fifo(dir, name))}`
  const made = order(places, dir, `start-${name}`, (report) => `${report}\n${exec}\n`, from, table)
  const identity = made === null ? null : begun(made, table)
  return identity === null ? null : { ...identity, fifo: name }
}
