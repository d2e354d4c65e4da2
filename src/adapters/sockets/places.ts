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
  /** The second, hidden name of a unix socket. */
  hiddenName(dir: string, index: number): string
  /** The socket on which the preload of a run listens. */
  control(dir: string, runId: string): string
  /** Made by a preload that was loaded (preload/act.ts), before it listens. */
  loaded(dir: string, runId: string): string
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
    hiddenName: (dir, index) => join(of(dir), `name-${index}`),
    control: (dir, runId) => join(of(dir), `${runId}.ctl`),
    loaded: (dir, runId) => join(of(dir), `${runId}.ctl.loaded`),
  }
}
