/**
 * A fleet in virtual time: a store that compares and sets, two schedulers of which one leads, nodes with their daemons, and a network
 * that delays, loses, doubles and reorders. All chance is of one seed. Decisions are those of src/core/fleet.
 */
import { Board, type KnownNode } from '../../../../src/core/fleet/board.ts'
import { claimOf, type FleetJob, type JobEvent, step } from '../../../../src/core/fleet/job.ts'
import { mayTake } from '../../../../src/core/fleet/lease.ts'
import { answerTo, type LocalRun, type Offer, reconcile } from '../../../../src/core/fleet/reconcile.ts'
import type { QueueLimits } from '../../../../src/protocol/settings.ts'

const LOST_MS = 3000
const LEAD_MS = 4000
const TICK_MS = 200
const ASK_MS = 1500
const MINE_MS = 5000

export function chance(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

type Outcome = 'ok' | 'refused'
interface Kept {
  job: FleetJob
  revision: number
}
interface Leader {
  holder: string
  epoch: number
  revision: number
}

export interface Report {
  problems: string[]
  jobs: number
  begun: number
  /** Of these kinds of trouble so many have happened. */
  seen: Record<string, number>
}

/** What can be frozen: its messages wait until it thaws. */
class Actor {
  frozenUntil = 0
  /** A life of a process: what was sent to an earlier one is lost. */
  life = 0
  readonly rate: number
  readonly offset: number
  constructor(random: () => number) {
    this.rate = 0.9 + random() * 0.2
    this.offset = Math.floor(random() * 1e9)
  }
}

export class Simulation {
  readonly random: () => number
  readonly problems: string[] = []
  readonly seen: Record<string, number> = {}
  now = 0
  private turn = 0
  private readonly agenda: { at: number; order: number; run: () => void }[] = []
  /** Whether anything goes wrong yet. */
  calm = false
  readonly limits: QueueLimits
  readonly store = new Map<string, Kept>()
  leader: Leader = { holder: '', epoch: 0, revision: 0 }
  revision = 0
  /** Given by a scheduler that had been replaced already: these alone may exceed a limit, for an instant. */
  readonly byZombie = new Set<string>()
  readonly begun = new Map<string, string[]>()
  readonly ended = new Map<string, number>()
  readonly schedulers: Scheduler[]
  readonly nodes: Node[]
  readonly members: Set<string>
  readonly gone = new Set<string>()

  constructor(seed: number) {
    this.random = chance(seed)
    this.limits = {
      global: this.random() < 0.5 ? 3 + this.pick(4) : null,
      owners: this.random() < 0.5 ? { ci: 1 + this.pick(2) } : {},
      types: this.random() < 0.5 ? { build: 1 + this.pick(2) } : {},
    }
    this.nodes = Array.from({ length: 2 + this.pick(3) }, (_, index) => new Node(this, `n${index + 1}`, 1 + this.pick(3)))
    this.members = new Set(this.nodes.map(({ name }) => name))
    this.schedulers = ['s1', 's2'].map((name) => new Scheduler(this, name))
  }

  pick(below: number): number {
    return Math.floor(this.random() * below)
  }
  note(what: string): void {
    this.seen[what] = (this.seen[what] ?? 0) + 1
  }
  after(ms: number, run: () => void): void {
    const entry = { at: this.now + Math.max(0, Math.round(ms)), order: this.turn++, run }
    let from = 0
    let to = this.agenda.length
    while (from < to) {
      const middle = (from + to) >>> 1
      const other = this.agenda[middle]!
      if (other.at > entry.at || (other.at === entry.at && other.order > entry.order)) from = middle + 1
      else to = middle
    }
    this.agenda.splice(from, 0, entry)
  }

  /** In a process: never while it is frozen, and not at all in a later life. */
  within(actor: Actor, ms: number, run: () => void): void {
    const { life } = actor
    const attempt = (): void => {
      if (actor.life !== life) return
      if (actor.frozenUntil > this.now) this.after(actor.frozenUntil - this.now + this.pick(3), attempt)
      else run()
    }
    this.after(ms, attempt)
  }

  delay(): number {
    if (this.calm) return 1 + this.pick(5)
    const kind = this.random()
    return kind < 0.7 ? 1 + this.pick(30) : kind < 0.95 ? this.pick(800) : this.pick(9000)
  }
  /** A message: perhaps late, perhaps twice, perhaps never. */
  send(to: Actor, run: () => void): void {
    if (!this.calm && this.random() < 0.08) return this.note('lost')
    this.within(to, this.delay(), run)
    if (!this.calm && this.random() < 0.05) {
      this.note('doubled')
      this.within(to, this.delay(), run)
    }
  }
  /** Asked until it is answered, since an answer may be lost; each answer counts once. */
  ask<T>(from: Actor, at: () => Actor, handle: (answer: (value: T) => void) => void, done: (value: T) => void): void {
    let over = false
    const { life } = from
    const attempt = (): void => {
      if (over) return
      this.send(at(), () =>
        handle((value) =>
          this.send(from, () => {
            // Nobody is there any more who has asked this.
            if (over || from.life !== life) return
            over = true
            done(value)
          }),
        ),
      )
      this.within(from, ASK_MS, attempt)
    }
    attempt()
  }

  private readonly server = { frozenUntil: 0, life: 0 } as Actor
  /** Compare and set, as JetStream has it. What cannot be known is read again until it is. */
  write(by: Actor, job: FleetJob, expected: number, done: (ok: boolean, kept: Kept) => void): void {
    let settled = false
    const mine = JSON.stringify(job)
    this.ask<Kept>(
      by,
      () => this.server,
      (answer) => {
        const kept = this.store.get(job.id)
        if ((kept?.revision ?? 0) === expected) this.commit(job)
        answer(this.store.get(job.id)!)
      },
      (kept) => {
        if (settled) return
        settled = true
        done(JSON.stringify(kept.job) === mine, kept)
      },
    )
  }
  private commit(job: FleetJob): void {
    this.store.set(job.id, { job, revision: ++this.revision })
    if (job.state.is === 'given' && job.state.epoch < this.leader.epoch) {
      this.byZombie.add(job.id)
      this.note('given by a replaced scheduler')
    } else if (job.state.is === 'given') this.byZombie.delete(job.id)
    if (job.state.is === 'unknown') this.note('unknown')
    if (job.state.is === 'ended' && job.state.late) this.note('told late')
    this.checkLimits()
    const { revision } = this
    for (const scheduler of this.schedulers) this.send(scheduler, () => scheduler.board.take(job, revision))
  }
  lead(by: Actor, holder: string, epoch: number, expected: number, done: (leader: Leader) => void): void {
    this.ask<Leader>(
      by,
      () => this.server,
      (answer) => {
        if (this.leader.revision === expected) this.leader = { holder, epoch, revision: ++this.revision }
        answer(this.leader)
      },
      done,
    )
  }
  snapshot(by: Actor, done: (all: Kept[], leader: Leader) => void): void {
    this.ask<[Kept[], Leader]>(
      by,
      () => this.server,
      (answer) => answer([[...this.store.values()], this.leader]),
      ([all, leader]) => done(all, leader),
    )
  }

  private checkLimits(): void {
    const held = [...this.store.values()].filter(
      ({ job }) => ['given', 'running', 'unknown'].includes(job.state.is) && !this.byZombie.has(job.id),
    )
    const of = (passes: (job: FleetJob) => boolean): number => held.filter(({ job }) => passes(job)).length
    const over = (what: string, most: number | undefined | null, count: number): void => {
      if (most !== undefined && most !== null && count > most)
        this.problems.push(`${this.now}: ${count} of ${what}, limit ${most}`)
    }
    over('all', this.limits.global, held.length)
    for (const { name, slots } of this.nodes)
      over(
        name,
        slots,
        of(({ state }) => (state as { node?: string }).node === name),
      )
    for (const [owner, most] of Object.entries(this.limits.owners))
      over(
        `owner ${owner}`,
        most,
        of((job) => job.owner === owner),
      )
    for (const [type, most] of Object.entries(this.limits.types))
      over(
        `type ${type}`,
        most,
        of((job) => job.type === type),
      )
  }

  begins(id: string, fence: number, node: Node): void {
    const { where } = this.store.get(id)!.job
    if (where !== null && where !== node.name && !(where === 'tag:even' && Number(node.name.slice(1)) % 2 === 0))
      this.problems.push(`${id} is bound to ${where} and begins on ${node.name}`)
    const runs = this.begun.get(id) ?? []
    this.begun.set(id, [...runs, `${node.name} at ${this.now} (fence ${fence})`])
    if (runs.length > 0) this.problems.push(`${id} begins again: ${this.begun.get(id)!.join(', ')}`)
    const alive = [...node.daemon.values()].filter(({ endsAt }) => endsAt > this.now).length
    if (alive > node.slots) this.problems.push(`${node.name} runs ${alive} at ${this.now}, and has ${node.slots} slots`)
  }

  submit(index: number): void {
    const id = `j${index}`
    const after = index > 3 && this.random() < 0.15 ? [`j${this.pick(index)}`] : []
    const job: FleetJob = {
      v: 1,
      id,
      name: id,
      owner: this.random() < 0.5 ? 'ci' : 'me',
      type: this.random() < 0.5 ? 'build' : 'test',
      priority: this.pick(3),
      turn: index,
      where: this.random() < 0.2 ? this.nodes[this.pick(this.nodes.length)]!.name : this.random() < 0.1 ? 'tag:even' : null,
      onLost: 'keep',
      after,
      attempt: 0,
      role: 'operator',
      from: 'n1',
      submittedAtMs: this.now,
      sinceMs: this.now,
      definition: { command: ['true'] },
      env: {},
      cancel: null,
      state: { is: 'pending', why: null },
    }
    this.commit(job)
  }

  anyScheduler(): Scheduler {
    const leading = this.schedulers.filter(({ leads }) => leads)
    const all = leading.length > 0 && this.random() < 0.8 ? leading : this.schedulers
    return all[this.pick(all.length)]!
  }

  private trouble(): void {
    if (this.calm) return
    const kind = this.random()
    const node = this.nodes[this.pick(this.nodes.length)]!
    const scheduler = this.schedulers[this.pick(2)]!
    const ms = this.pick(15_000)
    if (kind < 0.2) {
      this.note('ptrackd-fleet frozen')
      node.frozenUntil = this.now + ms
    } else if (kind < 0.35) {
      this.note('ptrackd-fleet killed')
      if (this.random() < 0.3) node.purge()
      node.restartAgent()
    } else if (kind < 0.5) {
      this.note('daemon killed while ptrackd-fleet was frozen')
      node.zombie(ms)
    } else if (kind < 0.6) {
      this.note('node cut off')
      node.cutOffUntil = this.now + ms
    } else if (kind < 0.85) {
      this.note('scheduler frozen')
      scheduler.frozenUntil = this.now + ms
    } else {
      this.note('scheduler killed')
      scheduler.restart()
    }
    this.after(500 + this.pick(4000), () => this.trouble())
  }

  run(): Report {
    const jobs = 8 + this.pick(10)
    for (let index = 0; index < jobs; index++) this.after(this.pick(15_000) * (index / jobs), () => this.submit(index))
    for (const node of this.nodes) node.begin()
    for (const scheduler of this.schedulers) scheduler.begin()
    this.after(500, () => this.trouble())
    for (let each = this.pick(4); each > 0; each--) this.after(this.pick(20_000), () => this.cancel(`j${this.pick(jobs)}`))
    if (this.random() < 0.15) this.after(10_000 + this.pick(10_000), () => this.destroy(this.nodes.at(-1)!))
    this.after(30_000, () => {
      this.calm = true
      for (const each of [...this.nodes, ...this.schedulers]) each.frozenUntil = Math.min(each.frozenUntil, this.now)
      for (const node of this.nodes) node.cutOffUntil = 0
    })
    for (let next = this.agenda.pop(); next !== undefined && next.at < 120_000; next = this.agenda.pop()) {
      this.now = next.at
      next.run()
      if (this.problems.length > 0) break
      if (this.calm && this.now > 45_000 && this.isOver()) break
    }
    this.checkEnd(jobs)
    return { problems: this.problems, jobs, begun: this.begun.size, seen: this.seen }
  }

  private cancel(id: string): void {
    const by = { user: 'me', role: 'operator', node: 'n1' } as const
    const scheduler = this.anyScheduler()
    if (this.store.has(id)) this.send(scheduler, () => scheduler.change(id, { is: 'cancel', by }, () => this.note('cancelled')))
  }
  /** For good; a person puts it out of the fleet. */
  private destroy(node: Node): void {
    this.note('node destroyed')
    node.life++
    node.frozenUntil = Number.POSITIVE_INFINITY
    this.gone.add(node.name)
    this.after(8000, () => this.members.delete(node.name))
  }

  isEnded(id: string): boolean {
    return this.store.get(id)?.job.state.is === 'ended'
  }
  private isOver(): boolean {
    return [...this.store.values()].every(({ job }) => job.state.is === 'ended')
  }
  private checkEnd(jobs: number): void {
    if (this.problems.length > 0) return
    if (this.store.size !== jobs) this.problems.push(`${jobs - this.store.size} jobs are lost`)
    for (const { job } of this.store.values()) {
      const { state } = job
      const runs = this.begun.get(job.id)?.length ?? 0
      // Bound to a node that is no more, it waits for ever.
      if (state.is === 'pending' && job.where !== null && this.gone.has(job.where)) continue
      if (state.is === 'pending' && job.where === 'tag:even' && this.nodes.length === 2 && this.gone.has('n2')) continue
      if (state.is === 'pending' && job.after.some((id) => this.store.get(id)!.job.state.is !== 'ended')) continue
      if (state.is !== 'ended') this.problems.push(`${job.id} is ${JSON.stringify(state)} at the end`)
      else if (state.outcome.status === 'done' && (runs !== 1 || this.ended.get(job.id) !== state.fence))
        this.problems.push(`${job.id} is done, and has run ${runs} times (fence ${state.fence}, ended ${this.ended.get(job.id)})`)
      else if (state.fence === null && runs > 0)
        this.problems.push(`${job.id} has run, and nobody says so: ${JSON.stringify(state)}`)
    }
  }
}

class Scheduler extends Actor {
  readonly sim: Simulation
  readonly name: string
  board = new Board()
  epoch = 0
  private own: Leader | null = null
  private seenLeader: Leader = { holder: '', epoch: 0, revision: 0 }
  private leaderSeenMono = 0
  private leadsUntilMono = 0
  private readonly beats = new Map<string, { session: string; slots: number; mono: number }>()
  private listeningSince = 0
  private readonly busy = new Set<string>()

  constructor(sim: Simulation, name: string) {
    super(sim.random)
    this.sim = sim
    this.name = name
  }
  mono(): number {
    return this.sim.now * this.rate + this.offset
  }
  get leads(): boolean {
    return this.own !== null && this.mono() < this.leadsUntilMono
  }
  begin(): void {
    const { life } = this
    this.board = new Board()
    this.board.setLimits(this.sim.limits)
    this.own = null
    this.leaderSeenMono = this.mono()
    this.listeningSince = this.mono()
    this.beats.clear()
    this.busy.clear()
    const tick = (): void => {
      if (life !== this.life) return
      this.act()
      this.sim.within(this, TICK_MS, tick)
    }
    const elect = (): void => {
      this.elect()
      this.sim.within(this, LEAD_MS / 5, elect)
    }
    this.sim.within(this, this.sim.pick(500), elect)
    this.sim.within(this, this.sim.pick(500), tick)
  }
  restart(): void {
    this.life++
    this.begin()
  }
  hear(node: string, session: string, slots: number): void {
    this.beats.set(node, { session, slots, mono: this.mono() })
  }
  private elect(): void {
    const { sim } = this
    const sentMono = this.mono()
    if (this.own !== null) {
      // What was said of changes may have been lost.
      sim.snapshot(this, (all) => {
        for (const { job, revision } of all) this.board.take(job, revision)
      })
      sim.lead(this, this.name, this.epoch, this.own.revision, (leader) => {
        if (leader.holder === this.name && leader.epoch === this.epoch) {
          this.own = leader
          this.leadsUntilMono = sentMono + LEAD_MS * 0.6
        } else {
          this.own = null
          sim.note('deposed')
        }
      })
      return
    }
    sim.snapshot(this, (all, leader) => {
      if (leader.revision !== this.seenLeader.revision) {
        this.seenLeader = leader
        this.leaderSeenMono = this.mono()
      }
      if (leader.revision !== 0 && this.mono() - this.leaderSeenMono < LEAD_MS) return
      const epoch = leader.epoch + 1
      const askedMono = this.mono()
      sim.lead(this, this.name, epoch, leader.revision, (now) => {
        if (now.holder !== this.name || now.epoch !== epoch) return
        // What the one before has written is read only now that it can write no more as the leader.
        sim.snapshot(this, (present) => {
          for (const { job, revision } of [...all, ...present]) this.board.take(job, revision)
          this.own = now
          this.epoch = epoch
          this.leadsUntilMono = askedMono + LEAD_MS * 0.6
          this.listeningSince = this.mono()
        })
      })
    })
  }
  private act(): void {
    if (!this.leads) return
    const { sim } = this
    const nodes: KnownNode[] = sim.nodes.map(({ name }) => {
      const beat = this.beats.get(name)
      const silence = { seenMono: beat?.mono ?? null, listeningSinceMono: this.listeningSince, nowMono: this.mono() }
      const isLost = mayTake(silence, LOST_MS)
      return {
        node: name,
        session: isLost ? null : (beat?.session ?? null),
        slots: beat?.slots ?? 0,
        // Every second node has it.
        tags: Number(name.slice(1)) % 2 === 0 ? ['even'] : [],
        isLost,
        isMember: sim.members.has(name),
      }
    })
    for (const { id, event } of this.board.wishes(nodes, this.epoch)) {
      if (this.busy.has(id)) {
        this.board.settled(id)
        continue
      }
      this.busy.add(id)
      this.change(id, event, () => {
        this.busy.delete(id)
        this.board.settled(id)
      })
    }
    for (const { job, revision } of this.board.all()) if (job.state.is === 'given') this.offer(job, revision)
  }
  private offer(job: FleetJob, revision: number): void {
    const node = this.sim.nodes.find(({ name }) => name === (job.state as { node: string }).node)!
    const { epoch } = this
    this.sim.send(node, () => node.offered({ job, revision, epoch }))
  }
  /** One step, written if nobody else has written meanwhile. */
  change(id: string, event: JobEvent, done: (outcome: Outcome, kept: Kept) => void): void {
    const kept = this.board.get(id) ?? this.sim.store.get(id)!
    const next = step(kept.job, event, { revision: kept.revision, nowMs: this.sim.now })
    if ('refused' in next || next.record === null) {
      // Said of what is known here; the store may know better.
      const present = this.sim.store.get(id)!
      if (present.revision > kept.revision) {
        this.board.take(present.job, present.revision)
        return this.change(id, event, done)
      }
      return done('refused' in next ? 'refused' : 'ok', kept)
    }
    this.sim.write(this, next.record, kept.revision, (ok, present) => {
      this.board.take(present.job, present.revision)
      if (ok) return done('ok', present)
      // To be given is wanted of what was seen; all else is said of whatever there is.
      if (event.is === 'give' || event.is === 'lost') return done('refused', present)
      this.change(id, event, done)
    })
  }
}

/** A ptrackd-fleet and its daemon. What is in `daemon` outlives both; a start is taken from the present ptrackd-fleet alone. */
class Node extends Actor {
  readonly sim: Simulation
  readonly name: string
  readonly slots: number
  readonly daemon = new Map<string, { fence: number; endsAt: number }>()
  /** Runs (id and fence) that became processes here; outlives what is deleted. */
  readonly marks = new Set<string>()
  cutOffUntil = 0
  private lives = 0
  /** The ptrackd-fleet that the daemon has. */
  private current = ''
  private session = ''
  private epoch = 0
  private has = new Set<string>()
  private isReady = false

  constructor(sim: Simulation, name: string, slots: number) {
    super(sim.random)
    this.sim = sim
    this.name = name
    this.slots = slots
  }
  begin(): void {
    this.session = `${this.name}-${++this.lives}`
    this.current = this.session
    this.has = new Set()
    this.epoch = 0
    this.isReady = false
    const beat = (): void => {
      if (this.isReady)
        for (const scheduler of this.sim.schedulers) {
          const { session } = this
          this.tell(scheduler, () => scheduler.hear(this.name, session, this.slots))
        }
      this.sim.within(this, 1000, beat)
    }
    this.sim.within(this, this.sim.pick(1000), beat)
    this.resume()
  }
  private tell(to: Actor, run: () => void): void {
    if (this.cutOffUntil <= this.sim.now) this.sim.send(to, run)
  }
  restartAgent(): void {
    if (this.sim.gone.has(this.name)) return
    this.life++
    this.frozenUntil = 0
    this.begin()
  }
  /** The frozen one goes on for a moment when it thaws, beside another daemon and another ptrackd-fleet. */
  zombie(ms: number): void {
    if (this.sim.gone.has(this.name)) return
    const former = { has: new Set(this.has), session: this.session }
    this.restartAgent()
    for (const id of former.has)
      this.sim.after(ms, () => {
        const kept = this.sim.store.get(id)
        const claim = kept === undefined ? null : claimOf(kept.job)
        this.startLocally(id, claim?.fence ?? 0, former.session)
      })
  }
  /** Somebody deletes ended ones there, with all that is known of them, while no ptrackd-fleet sees it. */
  purge(): void {
    for (const [id, { endsAt }] of this.daemon)
      if (endsAt <= this.sim.now) {
        this.daemon.delete(id)
        if (!this.sim.isEnded(id)) this.sim.note('deleted before its end was reported')
      }
  }
  /** What was this node's before. */
  private resume(): void {
    const { sim } = this
    const { life } = this
    sim.ask<Kept[]>(
      this,
      () => sim.anyScheduler(),
      (answer) =>
        answer([...sim.store.values()].filter(({ job }) => claimOf(job)?.node === this.name && job.state.is !== 'ended')),
      (mine) => {
        for (const { job } of mine) {
          if (this.has.has(job.id)) continue
          const { fence } = claimOf(job)!
          const action = reconcile(job, this.localRun(job.id, fence), this.name)
          if (action.report === 'found') {
            this.has.add(job.id)
            this.report(job.id, { is: 'found', node: this.name, fence }, () => {})
            this.watch(job.id, fence)
          } else if (action.report === 'neverBegan') {
            sim.note('never began')
            this.report(job.id, { is: 'neverBegan', node: this.name, fence }, () => {})
          } else if (action.report === 'end') {
            this.report(job.id, { is: 'end', node: this.name, fence, outcome: action.outcome }, () => {})
          }
        }
        if (life === this.life) this.isReady = true
        // A claim of an earlier life may have come to the store only after this question.
        sim.within(this, MINE_MS, () => this.resume())
      },
    )
  }
  private localRun(id: string, fence: number): LocalRun {
    const run = this.daemon.get(id)
    if (run === undefined) return { is: 'absent', hasBegun: this.marks.has(`${id} ${fence}`) }
    if (run.endsAt > this.sim.now) return { is: 'alive' }
    return { is: 'ended', outcome: { status: 'done', exitCode: 0, signal: null, reason: null } }
  }
  offered(offer: Offer): void {
    if (!this.isReady || this.cutOffUntil > this.sim.now) return
    const { sim, name, session, slots } = this
    const { id } = offer.job
    const answer = answerTo(offer, { node: name, session, epoch: this.epoch, slots, has: this.has })
    this.epoch = Math.max(this.epoch, offer.epoch)
    if (answer === 'has it') return
    if (answer !== 'take') {
      sim.note('refused by the node')
      this.report(id, { is: 'refuse', node: name, given: offer.revision, why: answer.refuse }, () => {})
      return
    }
    this.has.add(id)
    this.report(id, { is: 'claim', node: name, session, given: offer.revision }, (outcome) => {
      if (outcome !== 'ok') {
        this.has.delete(id)
        return
      }
      // On its way into the daemon.
      sim.within(this, sim.pick(sim.calm ? 5 : 300), () => {
        if (this.startLocally(id, offer.revision, session)) this.watch(id, offer.revision)
      })
    })
  }
  /** A name begins once in a daemon, and what an earlier ptrackd-fleet wants is refused. */
  private startLocally(id: string, fence: number, session: string): boolean {
    if (session !== this.current || this.sim.gone.has(this.name)) {
      this.sim.note('start of a former ptrackd-fleet refused')
      return false
    }
    if (this.daemon.has(id)) return true
    this.marks.add(`${id} ${fence}`)
    this.daemon.set(id, { fence, endsAt: this.sim.now + 200 + this.sim.pick(6000) })
    this.sim.begins(id, fence, this)
    return true
  }
  private watch(id: string, fence: number): void {
    const run = this.daemon.get(id)!
    this.sim.ended.set(id, fence)
    this.sim.within(this, Math.max(0, run.endsAt - this.sim.now), () => {
      this.has.delete(id)
      const outcome = { status: 'done', exitCode: 0, signal: null, reason: null } as const
      this.report(id, { is: 'end', node: this.name, fence, outcome }, () => {})
    })
  }
  private report(id: string, event: JobEvent, done: (outcome: Outcome) => void): void {
    const { sim } = this
    let asked = sim.anyScheduler()
    sim.ask<Outcome>(
      this,
      () => {
        asked = sim.anyScheduler()
        return asked
      },
      (answer) => asked.change(id, event, (outcome) => answer(outcome)),
      done,
    )
  }
}
