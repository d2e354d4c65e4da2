/** What the parts of ptrackd-fleet know of the node that they serve; and the messages of the bus, which are JSON. */
import { readFileSync, statSync } from 'node:fs'
import type { Asker, BusFacts, Membership } from '../../core/fleet/messages.ts'
import { weakerOf } from '../../core/fleet/permissions.ts'
import type { Presence } from '../../core/fleet/presence.ts'
import { unless } from '../errno.ts'
import type { BusConnection } from './bus.ts'

export interface OwnNode {
  readonly membership: Membership
  readonly home: string
  /** Whose daemon it is. */
  readonly user: string
  readonly presence: Presence
  readonly facts: BusFacts
  /** The bus, once this node is on it; null if it is not after this long. */
  onBus(patienceMs: number): Promise<BusConnection | null>
}

/** What somebody of another node may here: on a bus that vouches for nobody, look at what this daemon's own user may. */
export const rightsOf = ({ membership, user }: OwnNode, { user: theirs, role }: Asker): Asker =>
  membership.trustBus || membership.own !== null ? { user: theirs, role } : { user, role: 'viewer' }

/** As whom this node may ask others: the server denies more. */
export const asOfNode = ({ membership }: OwnNode, asker: Asker): Asker =>
  membership.own === null ? asker : { ...asker, role: weakerOf(asker.role, membership.own.role) }

export const encode = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value), 'utf8')

/** Of the bus, where anybody may write anything; null for what is no JSON. */
export function decode(data: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('utf8'))
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

/** Without /proc a restart of the machine is not seen by it, which only matters for a copy of the home on the same file system. */
export function placeOf(home: string): string {
  const { dev, ino } = statSync(home)
  return `${unless(['ENOENT'], '', () => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim())} ${dev}:${ino}`
}
