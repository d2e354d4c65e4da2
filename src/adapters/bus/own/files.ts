/** HOME/fleet/ (0700): what this home has of a fleet that a node has made. Everything in it is for its owner alone (0600). */
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { replaceFile } from '../../state/atomic-file.ts'
import { realFileSystem } from '../../state/file-system.ts'

export const fleetDir = (home: string): string => join(home, 'fleet')

export const fleetFiles = (home: string) => {
  const dir = fleetDir(home)
  return {
    dir,
    /** Who the bus must be, and who this node is on it. */
    authority: join(dir, 'ca.pem'),
    credentials: join(dir, 'node.creds'),
    /** Of the node that made it alone. */
    founder: join(dir, 'founder.json'),
    certificate: join(dir, 'server.pem'),
    key: join(dir, 'server.key'),
    config: join(dir, 'bus.conf'),
    store: join(dir, 'jetstream'),
  }
}

export const makeFleetDir = (home: string): Promise<unknown> => mkdir(fleetDir(home), { recursive: true, mode: 0o700 })

export const putFile = (file: string, text: string): Promise<void> =>
  replaceFile(realFileSystem, file, [Buffer.from(text, 'utf8')])

export const removeFleetDir = (home: string): Promise<void> => rm(fleetDir(home), { recursive: true, force: true })
