/** Starts a shell that holds the sockets, when every one that did has ended. */
import { spawn } from 'node:child_process'
import { closeSync, constants, openSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Inherited, isInherited } from './inherited.ts'

/** Not the program's: the holder belongs to no run. */
const SYSTEM_PATH = '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin'

/** Its pid. `fifo` is what it reads its orders from, opened for writing too, so that no writer's end is its own. */
export function hold(directory: string, fifo: string, sockets: readonly Inherited[]): number {
  const closed = sockets.find((socket) => !isInherited(socket))
  if (closed !== undefined) throw new Error(`cannot hold ${closed.name}: the program has closed it`)
  const orders = openSync(fifo, constants.O_RDWR)
  try {
    const place = dirname(fifo)
    const child = spawn('/bin/sh', [join(directory, 'holder.sh'), place], {
      argv0: 'sh',
      cwd: '/',
      detached: true,
      env: { PATH: SYSTEM_PATH, PTRACK_HOLDER: place },
      stdio: [orders, 'ignore', 'ignore', ...sockets.map(({ fd }) => fd)],
    })
    // Reported by the missing pid.
    child.on('error', () => undefined)
    child.unref()
    if (child.pid === undefined) throw new Error('cannot hold: /bin/sh cannot be started')
    return child.pid
  } finally {
    closeSync(orders)
  }
}
