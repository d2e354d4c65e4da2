/** Who holds a port, looked up when it opens; simultaneous ones share a reading of /proc/net/tcp and a pass over processes. */
import { membersOf, type RunEvidence } from '../core/tree.ts'
import type { World } from '../core/world.ts'
import { readIndex } from './process-index.ts'

const GATHER_MS = 20

export type PortOwner = { pid: number; ours: boolean } | null

interface Question {
  port: number
  evidence: RunEvidence
  answer: (owner: PortOwner) => void
}

export class PortOwners {
  private readonly world: World
  private questions: Question[] = []
  private armed = false

  constructor(world: World) {
    this.world = world
  }

  /** null: nothing listens any more, or the holder is invisible (another user's process). */
  find(port: number, evidence: RunEvidence): Promise<PortOwner> {
    return new Promise((answer) => {
      this.questions.push({ port, evidence, answer })
      if (this.armed) return
      this.armed = true
      this.world.clock.wakeAfter(GATHER_MS, () => this.answerAll())
    })
  }

  private answerAll(): void {
    this.armed = false
    const questions = this.questions
    this.questions = []
    const { table } = this.world
    const index = readIndex(this.world)
    const wanted = new Set(questions.map((question) => question.port))
    const listeners = table.listeners().filter((listener) => wanted.has(listener.port))
    const members = questions.map((question) => new Set(membersOf(index, question.evidence).map((row) => row.pid)))
    const inodes = new Set(listeners.map((listener) => listener.inode))
    // Our own pids first: usually enough.
    const holders = table.holders(inodes, [...new Set(members.flatMap((set) => [...set]))])
    const foreign = new Set([...inodes].filter((inode) => !holders.has(inode)))
    if (foreign.size > 0) for (const [inode, pid] of table.holders(foreign, null)) holders.set(inode, pid)
    questions.forEach((question, n) => {
      const pids = listeners.filter((listener) => listener.port === question.port).map((listener) => holders.get(listener.inode))
      const own = pids.find((pid) => pid !== undefined && members[n]!.has(pid))
      const any = own ?? pids.find((pid) => pid !== undefined)
      question.answer(any === undefined ? null : { pid: any, ours: own !== undefined })
    })
  }
}
