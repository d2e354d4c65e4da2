/** Which new instances listen, for the answer to their start: a set that wants one port shows it only when all have tried. */
import type { World } from '../core/world.ts'
import { heldUpMs } from './held-up.ts'
import { liveRunOf, type Managed, type Registry } from './registry.ts'
import type { Trees } from './trees.ts'

/** What does not listen after this long is taken for a worker, which never will. */
export const FIRST_LISTENING_MS = 4000
/** In a set that does listen, the others may be a little slower. */
const OTHERS_MS = 2 * FIRST_LISTENING_MS
/** However busy the machine is, an answer comes after this long. */
const LONGEST_MS = 5 * FIRST_LISTENING_MS
const LOOK_MS = 100
/** Of the time; a pass over thousands of processes comes less often. */
const LOOK_SHARE = 0.1
/** Of the time for tracing sockets: while a thousand are starting, each look finds other candidates. */
const TRACE_SHARE = 0.02

interface Question {
  managed: Managed
  set: string
  beganMono: number
  answer: () => void
}

export class FirstListening {
  private readonly world: Pick<World, 'clock' | 'table'>
  private readonly registry: Pick<Registry, 'find'>
  private readonly trees: Pick<Trees, 'index' | 'members'>
  private readonly questions = new Set<Question>()
  private disarm: (() => void) | null = null
  private lastSeen = ''
  private nextTraceMono = 0
  private listening = new Set<Managed>()

  constructor(world: Pick<World, 'clock' | 'table'>, registry: Pick<Registry, 'find'>, trees: Pick<Trees, 'index' | 'members'>) {
    this.world = world
    this.registry = registry
    this.trees = trees
  }

  /** One of several, which may all want the same port. */
  concerns({ record }: Managed): boolean {
    const set = record.definition.instance?.of
    return set !== undefined && this.registry.find('name', set).length > 1
  }

  /** Calls `answer` once, when it listens or has had time enough. Returns how to give up. */
  watch(managed: Managed, answer: () => void): () => void {
    const set = managed.record.definition.instance?.of ?? managed.record.definition.name
    const question: Question = { managed, set, beganMono: this.world.clock.mono(), answer }
    this.questions.add(question)
    this.arm(0)
    return () => {
      this.questions.delete(question)
      if (this.questions.size === 0) this.rest()
    }
  }

  private arm(ms: number): void {
    this.disarm ??= this.world.clock.wakeAfter(ms, () => {
      this.disarm = null
      const beganMono = this.world.clock.mono()
      this.look()
      if (this.questions.size === 0) return this.rest()
      this.arm(Math.max(LOOK_MS, (this.world.clock.mono() - beganMono) / LOOK_SHARE))
    })
  }

  private rest(): void {
    this.disarm?.()
    this.disarm = null
    this.lastSeen = ''
    this.listening.clear()
  }

  private look(): void {
    const sets = new Set([...this.questions].map(({ set }) => set))
    const members = new Map([...sets].map((set) => [set, this.registry.find('name', set)]))
    const candidates = [...members.values()].flat()
    const isPresent = this.find(candidates)
    let decided = this.decided(members)
    // That something does not listen is said after a trace of what listens now, not of what did a while ago.
    if (!isPresent && decided.some(({ managed }) => !this.listening.has(managed))) {
      this.find(candidates, { atOnce: true })
      decided = this.decided(members)
    }
    for (const question of decided) {
      this.questions.delete(question)
      question.answer()
    }
  }

  private decided(members: ReadonlyMap<string, readonly Managed[]>): Question[] {
    return [...this.questions].filter(({ managed, set, beganMono }) => {
      if (this.listening.has(managed)) return true
      const others = members.get(set)!
      const someListen = others.some((each) => this.listening.has(each))
      if (this.hasHad(managed, someListen ? OTHERS_MS : FIRST_LISTENING_MS, beganMono)) return true
      // One that has run for long without listening shows that the set is one of workers.
      return !someListen && others.some((each) => this.hasHad(each, FIRST_LISTENING_MS, liveRunOf(each)?.startedMono))
    })
  }

  /** Whether a process has had this much time since then; that in which other programs had the processors does not count. */
  private hasHad(managed: Managed, ms: number, sinceMono: number | undefined): boolean {
    if (sinceMono === undefined) return false
    const passedMs = this.world.clock.mono() - sinceMono
    if (passedMs < ms || passedMs >= LONGEST_MS) return passedMs >= ms
    return passedMs - heldUpMs(this.world.table, managed) >= ms
  }

  /** Tracing sockets to processes is dear, and new ones are rare: false when the last trace is out of date, and too recent for another. */
  private find(candidates: readonly Managed[], { atOnce = false } = {}): boolean {
    const { table } = this.world
    const inodes = new Set(table.listeners().map(({ inode }) => inode))
    const seen = `${[...inodes].sort().join()} ${candidates.map(({ record }) => `${record.id}/${record.tracked.runNumber}`).join()}`
    const beganMono = this.world.clock.mono()
    if (seen === this.lastSeen) return true
    if (!atOnce && beganMono < this.nextTraceMono) return false
    this.lastSeen = seen
    this.listening = new Set()
    if (inodes.size === 0) return true
    const index = this.trees.index()
    for (const each of candidates) {
      const pids = this.trees.members(each, index).map(({ pid }) => pid)
      if (table.holders(inodes, pids).size > 0) this.listening.add(each)
    }
    const endedMono = this.world.clock.mono()
    this.nextTraceMono = endedMono + (endedMono - beganMono) / TRACE_SHARE
    return true
  }
}
