/** The files of shared sockets, below `sockets/` of the home. */
import { join } from 'node:path'

export interface SocketPlaces {
  root: string
  /** The holder's script, the same for all. */
  script: string
  /** A FIFO into which each recorder writes a line when it has written the exit. */
  exits: string
  of(dir: string): string
  fifo(dir: string, name: string): string
  /** The pid of a holder that was started by another. */
  holderPid(dir: string, name: string): string
  /** The second, hidden name of a unix socket. */
  hiddenName(dir: string, index: number): string
  /** `control`: the socket on which its preload listens. */
  run(dir: string, runId: string): { script: string; pid: string; control: string }
}

export function socketPlaces(home: string): SocketPlaces {
  const root = join(home, 'sockets')
  const of = (dir: string): string => join(root, dir)
  return {
    root,
    script: join(root, 'holder.sh'),
    exits: join(root, 'exits'),
    of,
    fifo: (dir, name) => join(of(dir), name),
    holderPid: (dir, name) => join(of(dir), `${name}.pid`),
    hiddenName: (dir, index) => join(of(dir), `name-${index}`),
    run: (dir, runId) => ({
      script: join(of(dir), `${runId}.sh`),
      pid: join(of(dir), `${runId}.pid`),
      control: join(of(dir), `${runId}.ctl`),
    }),
  }
}

export const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
