/** ptrackd-fleet: holds the bus and the credentials for one daemon, and ends with it. */
import { randomBytes } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { loadavg } from 'node:os'
import type { BusFacts, FromAgent, Membership, ToAgent } from '../../core/fleet/messages.ts'
import { subjects } from '../../core/fleet/names.ts'
import {
  BEAT_MS,
  type Beat,
  type Conflict,
  conflictOf,
  givesWay,
  Presence,
  readBeat,
  whyRefused,
} from '../../core/fleet/presence.ts'
import { toErrorBody } from '../../protocol/errors.ts'
import { FLEET_PROTOCOL } from '../../protocol/fleet.ts'
import { monoMs } from '../../protocol/mono.ts'
import { PROTOCOL_VERSION, VERSION } from '../../protocol/version.ts'
import { unless } from '../errno.ts'
import { type Bus, type BusConnection, openBus } from './bus.ts'
import { Gathering } from './gathering.ts'
import { decode, encode, type OwnNode } from './node.ts'
import { Tunnels } from './tunnels.ts'

/** Time for the present holder of the name to answer; a slower one is found out by its beats. */
const CLAIM_MS = 400
const CLAIM_AGAIN_MS = 5000

export class Agent implements OwnNode {
  readonly membership: Membership
  readonly home: string
  readonly user: string
  readonly presence = new Presence()
  private readonly host: string
  private readonly place: string
  private readonly tell: (message: FromAgent) => void
  private readonly session = randomBytes(12).toString('hex')
  private readonly bus: Bus
  private readonly tunnels: Tunnels
  private readonly gathering: Gathering
  private connection: BusConnection | null = null
  /** While it has the name. */
  private upSinceMono: number | null = null
  facts: BusFacts
  private stops: (() => void)[] = []
  private readonly whenSettled = new Set<() => void>()

  constructor(begin: ToAgent & { kind: 'begin' }, tell: (message: FromAgent) => void) {
    this.membership = begin.membership
    this.home = begin.home
    this.user = begin.user
    this.host = begin.host
    this.place = placeOf(begin.home)
    this.tell = tell
    this.facts = { state: 'connecting', sinceMs: Date.now(), reason: null, server: null }
    this.tunnels = new Tunnels(this)
    this.gathering = new Gathering(this)
    this.bus = openBus(this.membership, {
      up: (connection) => this.connected(connection),
      down: (reason) => this.disconnected(reason),
    })
  }

  take(message: Exclude<ToAgent, { kind: 'begin' }>): void {
    switch (message.kind) {
      case 'open':
        this.tunnels.open(message).catch((error: unknown) => {
          this.tell({ kind: 'failed', key: message.ticket, error: toErrorBody(error) })
        })
        return
      case 'close':
        this.tunnels.close(message.ticket)
        return
      case 'look':
        this.tell({
          kind: 'looked',
          id: message.id,
          facts: this.facts,
          nodes: this.presence.nodes(this.membership.node, monoMs()),
        })
        return
      case 'rows':
        this.gathering.gather(message).then(
          (json) => this.tell({ kind: 'rows', id: message.id, json }),
          (error: unknown) => this.tell({ kind: 'failed', key: String(message.id), error: toErrorBody(error) }),
        )
        return
      case 'leave':
        void this.leave().then(() => this.tell({ kind: 'left', id: message.id }))
        return
    }
  }

  async onBus(patienceMs: number): Promise<BusConnection | null> {
    const until = monoMs() + patienceMs
    // One that is known to be away is not waited for.
    while (this.facts.state === 'connecting' && this.facts.reason === null && monoMs() < until)
      await this.settled(until - monoMs())
    return this.facts.state === 'up' ? this.connection : null
  }

  private settled(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        this.whenSettled.delete(done)
        resolve()
      }
      const timer = setTimeout(done, ms)
      this.whenSettled.add(done)
    })
  }

  private become(state: BusFacts['state'], reason: string | null, conflict?: Conflict): void {
    const server = this.connection?.server ?? null
    if (this.facts.state === state && this.facts.reason === reason && this.facts.server === server) return
    const sinceMs = this.facts.state === state ? this.facts.sinceMs : Date.now()
    this.facts = { state, reason, server, sinceMs, ...(conflict && { conflict }) }
    this.tell({ kind: 'bus', facts: this.facts })
    for (const done of [...this.whenSettled]) done()
  }

  private connected(connection: BusConnection): void {
    this.connection = connection
    this.listen(subjects.beats, (data) => this.hear(data))
    void this.claim()
  }

  private disconnected(reason: string): void {
    this.connection = null
    this.standDown()
    this.become('connecting', reason)
  }

  private listen(subject: string, on: (data: Uint8Array, reply: string | undefined) => void): void {
    this.stops.push(this.connection!.subscribe(subject, ({ data, reply }) => on(data, reply)))
  }

  /** Asks whether the name, or this home's id, is somebody's already, and takes it if not. */
  private async claim(): Promise<void> {
    const connection = this.connection!
    const inbox = connection.newInbox()
    let holder: Beat | null = null
    const stop = connection.subscribe(inbox, ({ data }) => {
      const theirs = readBeat(decode(data))
      if (theirs !== null && conflictOf(this.beat(), theirs) !== null) holder ??= theirs
    })
    const stopAnswering = connection.subscribe(subjects.claim, ({ data, reply }) => this.answerClaim(data, reply))
    connection.publish(subjects.claim, encode(this.beat()), inbox)
    await new Promise((resolve) => setTimeout(resolve, CLAIM_MS))
    stop()
    if (this.connection !== connection) return
    if (holder !== null) {
      stopAnswering()
      this.refused(holder)
      return
    }
    this.stops.push(stopAnswering)
    this.upSinceMono = monoMs()
    this.stops.push(connection.subscribe(subjects.ping, () => this.sendBeat()))
    this.stops.push(...this.tunnels.serve(connection), ...this.gathering.serve(connection))
    const beating = setInterval(() => this.sendBeat(), BEAT_MS)
    this.stops.push(() => clearInterval(beating))
    this.hearOwn()
    connection.publish(subjects.ping, new Uint8Array())
    this.become('up', null)
  }

  private answerClaim(data: Uint8Array, reply: string | undefined): void {
    const theirs = readBeat(decode(data))
    if (theirs === null || reply === undefined || conflictOf(this.beat(), theirs) === null) return
    if (!givesWay(this.beat(), theirs)) this.connection?.publish(reply, encode(this.beat()))
  }

  private refused(holder: Beat): void {
    this.standDown()
    const mine = this.beat()
    const conflict = conflictOf(mine, holder)!
    this.become('refused', whyRefused(conflict, mine, holder), conflict)
    const connection = this.connection
    const again = setTimeout(() => {
      if (this.connection === connection && connection !== null) void this.claim()
    }, CLAIM_AGAIN_MS)
    this.stops.push(() => clearTimeout(again))
  }

  /** It has no name any more: its connections end. */
  private standDown(): void {
    for (const stop of this.stops) stop()
    this.stops = []
    this.upSinceMono = null
    this.tunnels.endAll('the bus is away')
    if (this.connection !== null) this.listen(subjects.beats, (data) => this.hear(data))
  }

  private hear(data: Uint8Array): void {
    const beat = readBeat(decode(data))
    if (beat === null || beat.session === this.session) return
    const mine = this.beat()
    if (conflictOf(mine, beat) !== null) {
      // The former life of this very node may still be on its way out.
      if (this.upSinceMono !== null && !beat.left && givesWay(mine, beat)) this.refused(beat)
      return
    }
    if (beat.left) this.gathering.forget(beat.name)
    if (this.presence.hear(beat, monoMs(), Date.now())) this.tellKnown()
  }

  private tellKnown(): void {
    this.tell({ kind: 'known', names: this.presence.names() })
  }

  private hearOwn(): void {
    if (this.presence.hear(this.beat(), monoMs(), Date.now())) this.tellKnown()
  }

  private sendBeat(): void {
    // Seen every second, so that this node does not look away to itself.
    this.hearOwn()
    this.connection?.publish(subjects.beat(this.membership.node), encode(this.beat()))
  }

  private beat(): Beat {
    const { node, id } = this.membership
    return {
      name: node,
      id,
      session: this.session,
      upMs: this.upSinceMono === null ? 0 : Math.round(monoMs() - this.upSinceMono),
      version: VERSION,
      protocol: PROTOCOL_VERSION,
      fleet: FLEET_PROTOCOL,
      user: this.user,
      host: this.host,
      home: this.home,
      place: this.place,
      load: Math.round(loadavg()[0]! * 100) / 100,
    }
  }

  private async leave(): Promise<void> {
    const { connection } = this
    if (connection !== null && this.upSinceMono !== null) {
      connection.publish(subjects.beat(this.membership.node), encode({ ...this.beat(), left: true }))
      // A bus that hangs keeps nobody in the fleet.
      await Promise.race([connection.flush().catch(() => {}), new Promise((resolve) => setTimeout(resolve, 500))])
    }
    await Promise.race([this.bus.close(), new Promise((resolve) => setTimeout(resolve, 500))])
  }
}

/** Without /proc a restart of the machine is not seen by it, which only matters for a copy of the home on the same file system. */
function placeOf(home: string): string {
  const { dev, ino } = statSync(home)
  return `${unless(['ENOENT'], '', () => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim())} ${dev}:${ino}`
}
