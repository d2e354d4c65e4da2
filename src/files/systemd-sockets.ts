/** Shared sockets as systemd's: a .socket unit for each, which the services of all instances inherit. */
import { isIP } from 'node:net'
import type { DefinitionInput } from '../protocol/definition.ts'

type Socket = NonNullable<DefinitionInput['sockets']>[number]

/** What systemd calls them, by the socket's own name: one is called like the process. */
export const socketUnitNames = (process: string, sockets: readonly Socket[]): string[] =>
  sockets.map(({ name }) => (sockets.length === 1 ? process : `${process}-${name}`))

/** Null: systemd takes numeric addresses only. */
function listenStream({ port, host, path }: Socket): string | null {
  if (path != null) return path.replaceAll('%', '%%')
  if (typeof port !== 'number') return null
  if (host == null) return String(port)
  const address = host === 'localhost' ? '127.0.0.1' : host
  if (isIP(address) === 0) return null
  return `${isIP(address) === 6 ? `[${address}]` : address}:${port}`
}

/** `services` are the files of all instances. Null with the reason in `note`. */
export function socketUnit(
  socket: Socket,
  process: string,
  services: readonly string[],
  note: (text: string) => void,
): string | null {
  const address = listenStream(socket)
  if (address === null) {
    note(`its socket ${socket.name} has no unit: systemd takes numbers, not ${socket.host ?? socket.port}`)
    return null
  }
  const [user, group] = socket.owner?.split(':') ?? []
  return [
    '# Written by `ptrack export --format systemd`.',
    '[Unit]',
    `Description=Socket ${socket.name} of ${process}`,
    '',
    '[Socket]',
    `ListenStream=${address}`,
    `FileDescriptorName=${socket.name}`,
    ...(socket.backlog == null ? [] : [`Backlog=${socket.backlog}`]),
    ...(socket.mode == null ? [] : [`SocketMode=${socket.mode.padStart(4, '0')}`]),
    ...(user ? [`SocketUser=${user}`] : []),
    ...(group ? [`SocketGroup=${group}`] : []),
    // The first connection starts it; the others have it by their own Sockets=.
    `Service=${services[0]}`,
    '',
    '[Install]',
    'WantedBy=sockets.target',
    '',
  ].join('\n')
}
