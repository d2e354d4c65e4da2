/** One membership in a fleet: keeps ptrackd-fleet alive, asks it, and waits for its answers. Nothing local depends on it. */
import type { JobAnswers, JobQuestion } from '../../core/fleet/job-questions.ts'
import {
  type Asker,
  type BusFacts,
  type FromAgent,
  kickedBy,
  type Membership,
  type ToAgent,
  type WantedEvents,
} from '../../core/fleet/messages.ts'
import type { World } from '../../core/world.ts'
import type { FleetAgent } from '../../core/world-fleet.ts'
import { Backoff } from '../../protocol/backoff.ts'
import { PtrackError } from '../../protocol/errors.ts'
import type { FleetCheck, FleetEventsPage, FleetNode, FleetStatus } from '../../protocol/fleet.ts'
import type { Role } from '../../protocol/names.ts'
import type { Filter } from '../../protocol/requests.ts'
import { Answers, busDown } from './answers.ts'
import { KnownBus } from './known-bus.ts'
import { statusOf } from './status.ts'

/** Between two looks at a quiet ptrackd-fleet. */
const LOOK_MS = 5000
/** It answers within milliseconds; after this it hangs. */
const ANSWER_MS = 3000
/** A list may take the time of its slowest node, and of a bus that is just being connected. */
const LIST_MS = 8000
const OPEN_MS = 10_000
/** What is written to disk, and said to the server. */
const CHANGE_MS = 15_000
/** To be on the bus after a start, where it can be reached; and to hear then who else is. */
const FIRST_MS = 3000
const NAMES_MS = 300
const MEANT_MS = 2500
/** So long it may hang (a debugger, a frozen cgroup) before another takes its place. */
const STUCK_MS = 15_000
/** A life this long was no failure to start. */
const STABLE_MS = 60_000

const KEEPS_ENDING = 'its process ends again and again'

type WithoutId<T> = T extends { id: number } ? Omit<T, 'id'> : never
type Question = WithoutId<ToAgent>

interface Looked {
  facts: BusFacts
  nodes: FleetNode[]
}

export class FleetKeeper {
  membership: Membership
  private readonly world: World
  private agent: FleetAgent | null = null
  /** Known to the present ptrackd-fleet alone. */
  private key = ''
  private startedMono = 0
  private restarts = 0
  private readonly backoff = new Backoff()
  private readonly bus: KnownBus
  private known: ReadonlySet<string> = new Set()
  private readonly answers: Answers
  private nextId = 1
  private unansweredSinceMono: number | null = null
  private cancelLook: () => void = () => {}
  private cancelStart: () => void = () => {}
  private closed = false
  /** It has been kicked. */
  whenOut: () => void = () => {}

  constructor(world: World, membership: Membership) {
    this.world = world
    this.membership = membership
    this.answers = new Answers(world.clock)
    const { kicked } = membership
    this.bus = new KnownBus(
      world.clock,
      kicked === null
        ? { state: 'connecting', sinceMs: world.clock.wall(), reason: null, server: null }
        : { state: 'refused', sinceMs: kicked.atMs, reason: kickedBy(kicked.by), server: null },
    )
  }

  begin(): void {
    // It is let in no more, and so does not try.
    if (this.membership.kicked !== null) return
    this.start()
    this.lookLater()
  }

  /** It ends now; `leave` says good-bye first. */
  close(): void {
    this.closed = true
    this.cancelLook()
    this.cancelStart()
    const { agent } = this
    this.agent = null
    agent?.kill()
    this.failAll('this node leaves the fleet')
  }

  async leave(): Promise<void> {
    // Others find out by its silence otherwise.
    await this.ask({ kind: 'leave' }, ANSWER_MS).catch((error: unknown) => {
      if (!(error instanceof PtrackError)) throw error
    })
    this.close()
  }

  isNode(name: string): boolean {
    return name === this.membership.node || this.known.has(name)
  }

  /** Resolves when it is on the bus, or it is known why not. */
  firstFacts(patienceMs: number): Promise<BusFacts> {
    return this.bus.first(patienceMs)
  }

  /** Names of nodes come within a moment after this one is on the bus; those that are meant may take longer, on a busy machine. */
  async namesKnown(meant: readonly string[]): Promise<void> {
    const { state } = await this.firstFacts(FIRST_MS)
    const { clock } = this.world
    const leftMs = (): number =>
      this.bus.upSinceMono + (meant.every((name) => this.isNode(name)) ? NAMES_MS : MEANT_MS) - clock.mono()
    for (let ms = leftMs(); state === 'up' && ms > 0; ms = leftMs())
      await new Promise<void>((resolve) => void clock.wakeAfter(Math.min(ms, NAMES_MS / 4), resolve))
  }

  async status(): Promise<FleetStatus> {
    const { agent, restarts } = this
    const { facts } = this.bus
    const [looked, events] = await Promise.all([this.look(), this.unlessSilent<'eventsStatus'>({ kind: 'eventsStatus' })])
    const isStuck = looked === null && agent !== null && agent === this.agent
    const process = this.agent === null ? null : { pid: this.agent.pid, restarts }
    return statusOf(this.membership, {
      facts: looked?.facts ?? facts,
      nodes: looked?.nodes ?? [],
      stuckPid: isStuck ? agent.pid : null,
      process,
      events: events?.status ?? null,
    })
  }

  /** Throws BUS_DOWN while ptrackd-fleet does not answer. */
  async nodes(): Promise<FleetNode[]> {
    const looked = await this.look()
    if (looked === null) throw this.noAnswer('list the nodes')
    return looked.nodes
  }

  /** The reply to `fleet.list`, as JSON. */
  async list(where: Filter, asker: Asker): Promise<string> {
    const answer = await this.unlessStuck('list the processes of the fleet', this.ask({ kind: 'rows', where, asker }, LIST_MS))
    return (answer as FromAgent & { kind: 'rows' }).json
  }

  async events(wanted: WantedEvents, asker: Asker): Promise<FleetEventsPage> {
    const answer = this.ask({ kind: 'events', wanted, asker }, CHANGE_MS + wanted.waitMs)
    return ((await this.unlessStuck('read the events of the fleet', answer)) as FromAgent & { kind: 'events' }).page
  }

  /** There are new ones of this node in the outbox. */
  publishEvents(): void {
    this.send({ kind: 'published' })
  }

  async invite(role: Role, ttlMs: number): Promise<FromAgent & { kind: 'invited' }> {
    return this.asked('invite a node', { kind: 'invite', role, ttlMs })
  }

  /** Whether it was on the bus. */
  async kick(node: string, by: string): Promise<boolean> {
    const answer = await this.asked<FromAgent & { kind: 'kicked' }>(`kick ${node}`, { kind: 'kick', node, by })
    return answer.wasHere
  }

  async members(): Promise<string[]> {
    return (await this.asked<FromAgent & { kind: 'members' }>('list who is in the fleet', { kind: 'members' })).names
  }

  async jobs<Q extends JobQuestion>(what: string, question: Q): Promise<JobAnswers[Q['ask']]> {
    return (await this.asked<FromAgent & { kind: 'jobs' }>(what, { kind: 'jobs', question })).answer as JobAnswers[Q['ask']]
  }

  /** Whether this is a key of the ptrackd-fleet that there is now, and not of a former one. */
  isPresent(key: string): boolean {
    return this.agent !== null && key === this.key
  }

  async doctor(): Promise<FleetCheck[]> {
    const answer = await this.asked<FromAgent & { kind: 'checked' }>('examine the fleet', { kind: 'doctor' })
    return answer.checks
  }

  private async asked<T extends FromAgent>(what: string, question: Question): Promise<T> {
    return (await this.unlessStuck(what, this.ask(question, CHANGE_MS))) as T
  }

  /** Has a connection brought to the daemon of that node; `ticket` is what it shows when it comes. Rejects when it does not. */
  open(ticket: string, node: string, asker: Asker): { failed: Promise<never>; arrived(): void } {
    const what = `reach the node ${node}`
    const answer = this.expect(ticket, OPEN_MS, () => this.send({ kind: 'open', ticket, node, asker }))
    const failed = this.unlessStuck(what, answer).then(() => {
      throw this.noAnswer(what)
    })
    return { failed, arrived: () => this.answers.forget(ticket) }
  }

  endConnection(ticket: string): void {
    this.send({ kind: 'close', ticket })
  }

  private start(): void {
    if (this.closed) return
    const { world, membership } = this
    this.startedMono = world.clock.mono()
    this.unansweredSinceMono = null
    const agent: FleetAgent = world.fleet.spawn({
      message: (message) => {
        if (this.agent === agent) this.take(message)
      },
      exit: (why) => {
        if (this.agent === agent) this.exited(why)
      },
    })
    this.agent = agent
    this.key = world.newId(32)
    const { home, user, fleet } = world
    agent.send({ kind: 'begin', membership, home, user, host: fleet.host(), key: this.key })
  }

  private exited(why: string): void {
    const { clock, log } = this.world
    this.agent = null
    this.failAll('ptrackd-fleet has just ended')
    if (this.closed) return
    if (clock.mono() - this.startedMono > STABLE_MS) this.backoff.reset()
    const pauseMs = this.backoff.next()
    this.restarts++
    log.warn('fleet', `ptrackd-fleet has ended (${why}); it starts again in ${pauseMs} ms`)
    const reason = this.restarts > 3 ? `${KEEPS_ENDING}: ${why}` : `ptrackd-fleet has ended: ${why}`
    this.become({ state: 'connecting', sinceMs: clock.wall(), reason, server: null })
    this.cancelStart = clock.wakeAfter(pauseMs, () => this.start())
  }

  private take(message: FromAgent): void {
    this.unansweredSinceMono = null
    switch (message.kind) {
      case 'bus':
        return this.become(message.facts)
      case 'known':
        this.known = new Set(message.names)
        return
      case 'failed':
        return this.answers.settle(message.key, message)
      case 'out':
        return this.out({ by: message.by, atMs: message.atMs })
      case 'setUp':
        return
      default:
        return this.answers.settle(String(message.id), message)
    }
  }

  /** Kicked. It stays known why, until somebody leaves or joins. */
  private out(kicked: NonNullable<Membership['kicked']>): void {
    const { world, agent } = this
    this.membership = { ...this.membership, kicked }
    world.fleet.save(this.membership).catch((error: unknown) => world.log.warn('fleet', String(error)))
    this.whenOut()
    this.cancelLook()
    this.agent = null
    agent?.kill()
    this.failAll(kickedBy(kicked.by))
    this.known = new Set()
    this.become({ state: 'refused', sinceMs: kicked.atMs, reason: kickedBy(kicked.by), server: null })
  }

  private become(facts: BusFacts): void {
    if (facts.state !== this.bus.facts.state) {
      const words = facts.state === 'up' ? `is on the bus (${facts.server})` : `is not on the bus: ${facts.reason}`
      this.world.log.info('fleet', `the node ${this.membership.node} ${words}`)
    }
    this.bus.become(facts)
  }

  /** One that hangs does not even answer a look. */
  private unlessStuck<T>(what: string, answer: Promise<T>): Promise<T> {
    const stuck = this.look().then((looked) => {
      if (looked === null) throw this.noAnswer(what)
      return answer
    })
    return Promise.race([answer, stuck])
  }

  private look(): Promise<Looked | null> {
    return this.unlessSilent<'looked'>({ kind: 'look' })
  }

  private async unlessSilent<K extends FromAgent['kind']>(question: Question): Promise<(FromAgent & { kind: K }) | null> {
    try {
      return (await this.ask(question, ANSWER_MS)) as FromAgent & { kind: K }
    } catch (error) {
      if (error instanceof PtrackError) return null
      throw error
    }
  }

  /** In the background, so that one that hangs is found, and ended at last. */
  private lookLater(): void {
    this.cancelLook = this.world.clock.wakeAfter(LOOK_MS, () => {
      const nowMono = this.world.clock.mono()
      if (this.agent !== null) {
        if (this.unansweredSinceMono === null) {
          this.unansweredSinceMono = nowMono
          void this.look()
        } else if (nowMono - this.unansweredSinceMono > STUCK_MS) {
          this.world.log.warn('fleet', `ptrackd-fleet (PID: ${this.agent.pid}) does not answer; it is ended`)
          this.agent.kill()
        }
      }
      this.lookLater()
    })
  }

  private ask(question: Question, timeoutMs: number): Promise<FromAgent> {
    const id = this.nextId++
    return this.expect(String(id), timeoutMs, () => this.send({ ...question, id } as ToAgent))
  }

  private expect(key: string, timeoutMs: number, send: () => void): Promise<FromAgent> {
    if (this.agent === null) return Promise.reject(this.noAnswer('reach the fleet'))
    const answer = this.answers.expect(key, timeoutMs, () => this.noAnswer('reach the fleet'))
    send()
    return answer
  }

  private send(message: Parameters<FleetAgent['send']>[0]): void {
    this.agent?.send(message)
  }

  private failAll(why: string): void {
    this.answers.failAll(() => busDown('reach the fleet', why))
  }

  private noAnswer(what: string): PtrackError {
    if (this.agent === null) return busDown(what, this.bus.facts.reason ?? 'ptrackd-fleet is being started')
    return busDown(what, `ptrackd-fleet (pid ${this.agent.pid}) does not answer`)
  }
}
