/** What a program has to know of the sockets that it inherits, in the ways that programs know. */
import { basename } from 'node:path'
import type { Definition } from '../protocol/definition.ts'
import type { OpenSockets } from '../protocol/sockets.ts'

/** As systemd numbers them. */
const FIRST_FD = 3

const programOf = (command: readonly string[]): string => basename(command[0] ?? '')

/**
 * As systemd does it, but for nginx: all its workers wake up for a connection, and it leaves an inherited socket as it is, so that those
 * which come too late would hang in accept() until the next connection, and with them the connections that they have.
 */
export const acceptMayBlock = (command: readonly string[]): boolean => programOf(command) !== 'nginx'

/** LISTEN_PID is set by the shell that becomes the program. `preload`: Node programs take them by themselves. */
export function socketEnv({ sockets }: OpenSockets, command: readonly string[], preload: boolean): Record<string, string> {
  const program = programOf(command)
  const fds = sockets.map((_, index) => FIRST_FD + index)
  const env: Record<string, string> = {
    LISTEN_FDS: String(sockets.length),
    LISTEN_FDNAMES: sockets.map(({ name }) => name).join(':'),
  }
  // Neither knows the systemd protocol; both take sockets over from their own predecessor.
  if (program === 'nginx') env.NGINX = fds.map((fd) => `${fd};`).join('')
  if (program.startsWith('php-fpm'))
    env.FPM_SOCKETS = sockets
      // At its end it removes the path that it listens on: with a slash behind it, that is none.
      .map(({ host, port, path }, index) => `${path === null ? `${host ?? '0.0.0.0'}:${port}` : `${path}/`}=${fds[index]}`)
      .join(',')
  if (preload)
    env.PTRACK_LISTEN = JSON.stringify(
      sockets.map(({ inode, name, port, host, path }, index) =>
        path === null ? { fd: fds[index], inode, name, port, host: host ?? '::' } : { fd: fds[index], inode, name, path },
      ),
    )
  return env
}

/** `{fd}` is the first socket's descriptor, for `uvicorn --fd {fd}`. */
export const withFd = (command: Definition['command']): string[] =>
  command.map((word) => word.replaceAll('{fd}', String(FIRST_FD)))
