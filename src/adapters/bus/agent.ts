/** ptrackd-fleet: holds the bus and the credentials for one daemon, and ends with it. */
import { randomBytes } from 'node:crypto'
import { loadavg } from 'node:os'
import { type BusFacts, type FromAgent, kickedBy, type Membership, type SetUp, type ToAgent } from '../../core/fleet/messages.ts'
import { isAnswerId, nameIn, subjects } from '../../core/fleet/names.ts'
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
import { type Bus, type BusConnection, type BusMessage, newAnswerId, openBus } from './bus.ts'
import { Events } from './events/events.ts'
import { Gathering } from './gathering.ts'
import { Jobs } from './jobs/jobs.ts'
import { decode, encode, type OwnNode, placeOf } from './node.ts'
import { examine } from './own/examine.ts'
import { Founder, notHere } from './own/founder.ts'
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
  private readonly events: Events
  private readonly jobs: Jobs
  private readonly founder: Founder | null
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
    const { own, node } = this.membership
    this.founder = own?.founder === node ? new Founder(this.home) : null
    this.tunnels = new Tunnels(this)
    this.gathering = new Gathering(this)
    this.events = new Events(this, this.founder)
    this.jobs = new Jobs(this, this.founder, this.session, begin.key)
    this.bus = openBus(this.membership, this.home, {
      up: (connection) => this.connected(connection),
      down: (reason) => this.disconnected(reason),
    })
  }

  take(message: Exclude<ToAgent, { kind: 'begin' } | SetUp>): void {
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
        return this.answer(
          message.id,
          this.gathering.gather(message).then((json) => ({ kind: 'rows', id: message.id, json })),
        )
      case 'published':
        return this.events.poke()
      case 'events':
        return this.answer(message.id, this.events.page(message))
      case 'eventsStatus':
        return this.answer(message.id, this.events.status(message))
      case 'jobs':
        return this.answer(message.id, this.jobs.ask(message))
      case 'leave':
        return this.answer(
          message.id,
          this.leave().then(() => ({ kind: 'left', id: message.id })),
        )
      case 'invite':
        return this.answer(
          message.id,
          this.founderFor('invite a node').then((founder) => founder.invite(message)),
        )
      case 'kick':
        return this.answer(message.id, this.kick(message))
      case 'members':
        return this.answer(message.id, this.members(message.id))
      case 'doctor':
        return this.answer(message.id, this.examine(message.id))
    }
  }

  private answer(id: number, answer: Promise<FromAgent>): void {
    answer.then(this.tell, (error: unknown) => this.tell({ kind: 'failed', key: String(id), error: toErrorBody(error) }))
  }

  private async founderFor(what: string): Promise<Founder> {
    return this.founder ?? notHere(this.membership, what)
  }

  private async members(id: number): Promise<FromAgent> {
    const founder = await this.founderFor('list who is in it')
    return { kind: 'members', id, names: await founder.members() }
  }

  private async examine(id: number): Promise<FromAgent> {
    return { kind: 'checked', id, checks: await examine(this, this.connection, this.founder, this.events, this.jobs) }
  }

  private async kick({ id, node, by }: ToAgent & { kind: 'kick' }): Promise<FromAgent> {
    const founder = await this.founderFor(`kick ${node}`)
    const wasHere = this.presence.stateOf(node, monoMs()) === 'here'
    await founder.kick(this.connection, node, by)
    this.forget(node)
    return { kind: 'kicked', id, wasHere }
  }

  private forget(node: string): void {
    this.gathering.forget(node)
    this.presence.forget(node)
    this.tellKnown()
  }

  /** The node that made the fleet says that one is out of it. */
  private putOut({ subject, data }: BusMessage): void {
    const node = nameIn(subject)
    const { by } = (decode(data) ?? {}) as { by?: unknown }
    if (node === null || this.membership.own === null || typeof by !== 'string') return
    if (node !== this.membership.node) return this.forget(node)
    this.standDown()
    this.connection = null
    this.become('refused', kickedBy(by))
    this.tell({ kind: 'out', by, atMs: Date.now() })
    void this.bus.close()
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
    this.listenToBeats()
    void this.claim()
  }

  private disconnected(reason: string): void {
    this.connection = null
    this.standDown()
    this.become('connecting', reason)
  }

  private listenToBeats(): void {
    this.stops.push(this.connection!.subscribe(subjects.beats, ({ subject, data }) => this.hear(subject, data)))
  }

  /** What a node says of itself, under its own name. */
  private beatIn({ subject, data }: Pick<BusMessage, 'subject' | 'data'>): Beat | null {
    const beat = readBeat(decode(data))
    return beat !== null && nameIn(subject) === beat.name ? beat : null
  }

  private conflictWith(theirs: Beat): Conflict | null {
    // The server lets nobody have another's name there; only a copy of this home has its credentials.
    if (this.membership.own !== null && theirs.name !== this.membership.node) return null
    return conflictOf(this.beat(), theirs)
  }

  /** Asks whether the name, or this home's id, is somebody's already, and takes it if not. */
  private async claim(): Promise<void> {
    const connection = this.connection!
    const { node } = this.membership
    const answer = newAnswerId()
    let holder: Beat | null = null
    const stop = connection.subscribe(subjects.answers(node, answer), ({ data }) => {
      const theirs = readBeat(decode(data))
      if (theirs !== null && this.conflictWith(theirs) !== null) holder ??= theirs
    })
    const stopAnswering = connection.subscribe(subjects.claims, (message) => this.answerClaim(message))
    connection.publish(subjects.claim(node), encode({ ...this.beat(), answer }))
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
    this.stops.push(connection.subscribe(subjects.kicks, (message) => this.putOut(message)))
    const answerJobs: Jobs['answer'] = (...asked) => this.jobs.answer(...asked)
    this.stops.push(...this.tunnels.serve(connection), ...this.gathering.serve(connection))
    this.stops.push(this.events.serve(connection, answerJobs), ...this.jobs.serve(connection))
    if (this.founder !== null) this.stops.push(...this.founder.serve(connection))
    const beating = setInterval(() => this.sendBeat(), BEAT_MS)
    this.stops.push(() => clearInterval(beating))
    this.hearOwn()
    connection.publish(subjects.ping, new Uint8Array())
    this.become('up', null)
  }

  private answerClaim(message: BusMessage): void {
    const theirs = this.beatIn(message)
    const { answer } = (decode(message.data) ?? {}) as { answer?: unknown }
    if (theirs === null || !isAnswerId(answer) || this.conflictWith(theirs) === null) return
    if (givesWay(this.beat(), theirs)) return
    this.connection?.publish(subjects.answer(theirs.name, this.membership.node, answer), encode(this.beat()))
  }

  private refused(holder: Beat): void {
    this.standDown()
    const mine = this.beat()
    const conflict = this.conflictWith(holder)!
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
    if (this.connection !== null) this.listenToBeats()
  }

  private hear(subject: string, data: Uint8Array): void {
    const beat = this.beatIn({ subject, data })
    if (beat === null || beat.session === this.session) return
    const mine = this.beat()
    if (this.conflictWith(beat) !== null) {
      // The former life of this very node may still be on its way out.
      if (this.upSinceMono !== null && !beat.left && givesWay(mine, beat)) this.refused(beat)
      return
    }
    if (beat.left) {
      this.gathering.forget(beat.name)
      this.founder?.left(beat.name)
    }
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
    // Should the daemon's word about new ones have been lost.
    this.events.poke()
    this.connection?.publish(subjects.beat(this.membership.node), encode(this.beat()))
  }

  private beat(): Beat {
    const { node: name, id, tags } = this.membership
    return {
      ...{ name, id, tags },
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
      ...this.jobs.room,
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
