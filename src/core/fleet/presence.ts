/** Who is in the fleet, by their beats. Silence makes a node `away`, and nothing else happens because of it. */
import { type FleetNode, NODE_TAG, type NodeState } from '../../protocol/fleet.ts'
import { fleetLimits } from '../../protocol/fleet-limits.ts'
import { iso } from '../iso.ts'

export const BEAT_MS = 1000
/** Three beats: of 1,000 nodes on a busy machine none was ever this late. */
export const AWAY_MS = 3000

/** What a node says of itself, every second. */
export interface Beat {
  name: string
  /** Of its home. */
  id: string
  /** Of this life of its ptrackd-fleet. */
  session: string
  /** How long that has had the name. */
  upMs: number
  version: string
  protocol: number
  /** FLEET_PROTOCOL of the node. */
  fleet: number
  user: string
  host: string
  home: string
  /** Where that home is: a boot of a machine and a directory. A copy is elsewhere. */
  place: string
  load: number | null
  /** Jobs of the fleet that it takes at once, and has; absent while it takes none. */
  slots?: number
  used?: number
  /** Absent in a release that knows none. */
  tags?: string[]
  /** It leaves the fleet. */
  left?: true
}

interface Heard {
  beat: Beat
  lastMono: number
  lastWall: number
  hereSinceWall: number
}

export class Presence {
  private readonly heard = new Map<string, Heard>()

  /** Returns whether the names that are known have changed. */
  hear(beat: Beat, nowMono: number, nowWall: number): boolean {
    if (beat.left) return this.heard.delete(beat.name)
    const before = this.heard.get(beat.name)
    const stays = before !== undefined && before.beat.id === beat.id && nowMono - before.lastMono < AWAY_MS
    if (before === undefined && this.heard.size >= fleetLimits.nodes) this.forgetLongestSilent()
    this.heard.set(beat.name, {
      beat,
      lastMono: nowMono,
      lastWall: nowWall,
      hereSinceWall: stays ? before.hereSinceWall : nowWall,
    })
    return before === undefined
  }

  forget(name: string): void {
    this.heard.delete(name)
  }

  has(name: string): boolean {
    return this.heard.has(name)
  }

  names(): string[] {
    return [...this.heard.keys()].sort()
  }

  stateOf(name: string, nowMono: number): NodeState | null {
    const one = this.heard.get(name)
    return one === undefined ? null : nowMono - one.lastMono < AWAY_MS ? 'here' : 'away'
  }

  /** When it was last heard, on this node's clock. */
  heardMono(name: string): number | null {
    return this.heard.get(name)?.lastMono ?? null
  }

  present(nowMono: number): string[] {
    return this.names().filter((name) => this.stateOf(name, nowMono) === 'here')
  }

  /** Epoch ms since when it is in its state. */
  sinceOf(name: string, nowMono: number): number | null {
    const one = this.heard.get(name)
    if (one === undefined) return null
    return nowMono - one.lastMono < AWAY_MS ? one.hereSinceWall : one.lastWall
  }

  beatOf(name: string): Beat | null {
    return this.heard.get(name)?.beat ?? null
  }

  nodes(self: string, nowMono: number): FleetNode[] {
    return this.names().map((name) => {
      const { beat } = this.heard.get(name)!
      return {
        name,
        id: beat.id,
        state: this.stateOf(name, nowMono)!,
        since: iso(this.sinceOf(name, nowMono)!),
        version: beat.version,
        protocol: beat.protocol,
        self: name === self,
        user: beat.user,
        host: beat.host,
        load: beat.load,
        tags: beat.tags ?? null,
        slots: beat.slots ?? null,
        used: beat.used ?? null,
        lease: null,
        server: null,
      }
    })
  }

  private forgetLongestSilent(): void {
    let longest: string | null = null
    for (const [name, { lastMono }] of this.heard)
      if (longest === null || lastMono < this.heard.get(longest)!.lastMono) longest = name
    if (longest !== null) this.heard.delete(longest)
  }
}

type Claimant = Pick<Beat, 'name' | 'id' | 'session' | 'upMs' | 'place'>

/** Two that cannot both be in one fleet: homes with one name, or a home and its copy. */
export type Conflict = 'name' | 'home'

export function conflictOf(mine: Claimant, theirs: Claimant): Conflict | null {
  if (mine.session === theirs.session) return null
  if (mine.id === theirs.id) return 'home'
  return mine.name === theirs.name ? 'name' : null
}

/**
 * Who had it for longer keeps it; the sessions decide between two that came at once. Exactly one of two gives way. Of two lives
 * of one home the older does: a home has one daemon, and the older life is what was left of a former one.
 */
export function givesWay(mine: Claimant, theirs: Claimant): boolean {
  if (mine.upMs === theirs.upMs) return mine.session > theirs.session
  const isOneHome = mine.id === theirs.id && mine.place === theirs.place
  return isOneHome ? mine.upMs > theirs.upMs : mine.upMs < theirs.upMs
}

export function whyRefused(conflict: Conflict, mine: Claimant, theirs: Pick<Beat, 'host' | 'home' | 'user' | 'name'>): string {
  const who = `${theirs.user} on ${theirs.host}, home ${theirs.home}`
  return conflict === 'name'
    ? `another home is the node ${mine.name} (${who})`
    : `this home is a copy of one that is in the fleet as ${theirs.name} (${who})`
}

/** Of a message of the bus, which anybody may have written; null for one that is no beat. */
export function readBeat(value: unknown): Beat | null {
  if (typeof value !== 'object' || value === null) return null
  const beat = value as Record<string, unknown>
  const isText = (key: string): boolean => typeof beat[key] === 'string' && (beat[key] as string).length <= 4096
  const isNumber = (key: string): boolean => typeof beat[key] === 'number' && Number.isFinite(beat[key])
  if (!['name', 'id', 'session', 'version', 'user', 'host', 'home', 'place'].every(isText)) return null
  if (!['upMs', 'protocol', 'fleet'].every(isNumber)) return null
  const { slots, used, tags, ...rest } = beat as unknown as Beat
  const isTag = (tag: unknown): boolean => typeof tag === 'string' && NODE_TAG.test(tag)
  const tagged = Array.isArray(tags) && tags.length <= fleetLimits.tags && tags.every(isTag) ? { tags } : {}
  const offers = isNumber('slots') && isNumber('used') ? { slots, used } : {}
  return { ...rest, load: isNumber('load') ? (beat.load as number) : null, ...offers, ...tagged }
}
