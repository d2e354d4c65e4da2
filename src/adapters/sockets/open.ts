/** Opens listening sockets without ever accepting: all is done before the event loop turns. */
import { spawnSync } from 'node:child_process'
import { lookup } from 'node:dns/promises'
import { chmodSync, chownSync, linkSync, lstatSync, readlinkSync, renameSync, rmSync } from 'node:fs'
import { connect, createServer, isIP, type Server } from 'node:net'
import { addressOf, BACKLOG, type DeclaredSocket, type OpenSocket } from '../../protocol/sockets.ts'
import { CannotStart } from '../cannot-start.ts'
import { errnoOf } from '../errno.ts'
import { findGroup, findUser } from '../os-user.ts'

/** Of a unix socket, unless its definition says otherwise: its own user and group. */
const MODE = 0o660

export interface OpenedSocket {
  socket: OpenSocket
  fd: number
}

/**
 * `hand` gets the open descriptors, and returns when others hold them; then ours are closed. Rejects with CannotStart, and then
 * none is open. `hidden` names the second link of the unix socket at a position.
 */
export async function openSockets<T>(
  declared: readonly DeclaredSocket[],
  blocking: boolean,
  hidden: (index: number) => string,
  hand: (opened: readonly OpenedSocket[]) => T,
): Promise<T> {
  // Whatever takes turns of the loop comes first.
  const hosts = await Promise.all(declared.map(({ host }) => literal(host)))
  for (const socket of declared) if (socket.path !== null) await refuseTakenPath(socket.path)
  const servers: Server[] = []
  try {
    for (const [index, socket] of declared.entries()) servers.push(await listen(socket, hosts[index] ?? null))
    const opened = declared.map((socket, index) => describe(socket, servers[index]!))
    // Node opens sockets O_NONBLOCK, a flag that all who inherit one share; systemd's are blocking. libuv clears it for a child's
    // stdio. Never again after the first instance: one that waits in accept would wait for ever.
    for (const { fd } of blocking ? opened : []) spawnSync('/bin/true', { stdio: [fd, 'ignore', 'ignore'] })
    for (const [index, socket] of declared.entries()) if (socket.path !== null) giveName(socket, socket.path, hidden(index))
    return hand(opened)
  } finally {
    for (const server of servers) server.close()
  }
}

async function literal(host: string | null): Promise<string | null> {
  if (host === null || isIP(host) !== 0) return host
  try {
    return (await lookup(host)).address
  } catch {
    throw new CannotStart('BAD_ADDRESS', `its socket's host ${host} is not known; give an address of this machine`)
  }
}

/** Anything but an old socket stays where it is. */
async function refuseTakenPath(path: string): Promise<void> {
  const there = lstatSync(path, { throwIfNoEntry: false })
  if (there === undefined) return
  if (!there.isSocket())
    throw new CannotStart('PORT_TAKEN', `${path} exists and is no socket; move it away, or give another path`)
  if (await answers(path)) throw new CannotStart('PORT_TAKEN', `another program listens on ${path}; end it, or give another path`)
}

const answers = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(path)
    const done = (answered: boolean) => () => {
      socket.destroy()
      resolve(answered)
    }
    socket.once('connect', done(true))
    socket.once('error', done(false))
  })

const comingName = (path: string): string => `${path}.${process.pid}`

function listen(socket: DeclaredSocket, host: string | null): Promise<Server> {
  const { port, path, backlog } = socket
  const server = createServer()
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(refusal(socket, error)))
    const at = path === null ? { port: port!, ...(host !== null && { host }) } : { path: comingName(path) }
    server.listen({ ...at, backlog: backlog ?? BACKLOG, exclusive: true }, () => resolve(server))
  })
}

function describe({ name, port, host, path }: DeclaredSocket, server: Server): OpenedSocket {
  // The one thing that has no documented name: the number of the descriptor.
  const fd = (server as unknown as { _handle: { fd: number } })._handle.fd
  const inode = Number(/\d+/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[0])
  return { socket: { name, port, host, path, inode }, fd }
}

/** It has another name until its rights are set. The hidden link restores a name that a program removes. */
function giveName(socket: DeclaredSocket, path: string, hidden: string): void {
  const coming = comingName(path)
  try {
    chmodSync(coming, socket.mode === null ? MODE : Number.parseInt(socket.mode, 8))
    if (socket.owner !== null) {
      const [user = '', group = ''] = socket.owner.split(':')
      const owner = user === '' ? null : findUser(user)
      chownSync(coming, owner?.uid ?? -1, group === '' ? (owner?.gid ?? -1) : findGroup(group))
    }
    try {
      linkSync(coming, hidden)
    } catch (error) {
      // On another file system there is no second name: a removed one is gone.
      if (errnoOf(error) !== 'EXDEV' && errnoOf(error) !== 'EPERM') throw error
    }
    renameSync(coming, path)
  } catch (error) {
    rmSync(coming, { force: true })
    throw error instanceof CannotStart ? error : refusal(socket, error)
  }
}

function refusal(socket: DeclaredSocket, error: unknown): CannotStart {
  const errno = errnoOf(error)
  if (errno === undefined) throw error
  const at = addressOf(socket)
  const why: Record<string, string> = {
    EADDRINUSE: `${at} is in use; free it, or give another --socket`,
    EACCES: `${at} may not be opened (EACCES); a port below 1024 needs a daemon that runs as root`,
    EADDRNOTAVAIL: `${at} is no address of this machine; give one of \`ip address\`, or leave the host out`,
    ENOENT: `the directory of ${at} does not exist; make it`,
    EPERM: `${at} may not get that owner (EPERM); only root gives files away`,
  }
  return new CannotStart(errno === 'EADDRINUSE' ? 'PORT_TAKEN' : errno, why[errno] ?? `${at} cannot be opened (${errno})`)
}
