/** Where the daemon of a home is found: path logic shared by daemon and clients. */
import { closeSync, constants, existsSync, openSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { PtrackError } from './errors.ts'
import { LOCK_DIRECTORY } from './lock-link.ts'

/** Whether a daemon has ever used this home, or a state was put there. */
export const isHome = (home: string): boolean =>
  [LOCK_DIRECTORY, 'process-state.json'].some((name) => existsSync(join(home, name)))

export const SOCKET_FILE = 'daemon.sock'
/** Bytes of sun_path without its NUL: 108 on Linux, 104 elsewhere. */
const SOCKET_PATH_BYTES = process.platform === 'linux' ? 107 : 103

/** HOME, or what the system says; `/` where the user has no entry there, as in many containers. */
export function userHome(env: Record<string, string | undefined>): string {
  if (env.HOME) return env.HOME
  try {
    return homedir()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error
    return '/'
  }
}

/** PTRACK_HOME, absolute: `--home`, $PTRACK_HOME or the XDG state directory; empty ones and a relative XDG one are ignored. */
export function homeDirectory(env: Record<string, string | undefined>, flag?: string): string {
  const chosen = flag || env.PTRACK_HOME
  if (chosen) return resolve(chosen)
  const state = env.XDG_STATE_HOME?.startsWith('/') ? env.XDG_STATE_HOME : join(userHome(env), '.local', 'state')
  return resolve(state, 'ptrack')
}

export interface SocketPath {
  path: string
  /** Call when the connection stands, or after the server has closed (its close unlinks by this very path). */
  close(): void
}

/**
 * A path of the home's socket short enough to bind and connect: the kernel silently cuts longer ones, so they go through an open
 * descriptor of the directory. Throws the errno error of `open` (ENOENT, EACCES) when a long home cannot be opened, and USAGE
 * without /proc.
 */
export function bindableSocketPath(home: string): SocketPath {
  const path = join(home, SOCKET_FILE)
  if (Buffer.byteLength(path) <= SOCKET_PATH_BYTES) return { path, close: () => undefined }
  if (process.platform !== 'linux') {
    throw new PtrackError('USAGE', `cannot use ${home}: a socket's path holds at most ${SOCKET_PATH_BYTES} bytes here`, {
      hint: 'choose a shorter directory with --home or PTRACK_HOME',
    })
  }
  const fd = openSync(home, constants.O_RDONLY | constants.O_DIRECTORY)
  let open = true
  return {
    path: `/proc/self/fd/${fd}/${SOCKET_FILE}`,
    close: () => {
      // A second close would hit a reused descriptor.
      if (open) closeSync(fd)
      open = false
    },
  }
}
