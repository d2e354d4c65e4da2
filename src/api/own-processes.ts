/** Restricts a request to the peer's own processes: patterns are narrowed, other names are refused. */
import type { Peer } from '../core/rights.ts'
import { asMatched } from '../core/targets.ts'
import { PtrackError } from '../protocol/errors.ts'
import { isPattern } from '../protocol/patterns.ts'
import type { Method } from '../protocol/requests.ts'
import type { Speaker } from '../protocol/tracking.ts'

export interface Known {
  id: string
  name: string
  owner: string
}

export interface Processes {
  get(id: string): Known | undefined
  named(name: string): Known | undefined
  /** All that a word (name, id, number, pid, glob, tag, all) means. */
  matching(target: string): Known[]
  /** The owner of a deleted process, while its events are held. */
  formerOwner(id: string): string | undefined
}

export class OwnProcesses {
  private readonly processes: Processes
  private readonly method: Method
  private readonly peer: Peer

  constructor(processes: Processes, method: Method, peer: Peer) {
    this.processes = processes
    this.method = method
    this.peer = peer
  }

  /** Replaces patterns by the peer's matches. `strict` refuses unknown words (logs outlive processes and their owners). */
  narrow(targets: readonly string[], strict: boolean): string[] {
    return targets.flatMap((target) => {
      const own = this.owned(target, strict)
      return isPattern(target) ? own.map(asMatched) : own
    })
  }

  one(target: string, strict: boolean): string {
    const [only, another] = this.owned(target, strict)
    if (only === undefined) throw nothing(target)
    if (another !== undefined)
      throw new PtrackError('BAD_REQUEST', `cannot ${this.method} '${target}': more than one process matches it`, {
        hint: 'name one of them',
      })
    return only
  }

  /** The word itself; of a pattern the ids. */
  private owned(target: string, strict: boolean): string[] {
    const hits = this.processes.matching(target)
    if (!isPattern(target)) {
      if (hits.length === 0 && strict) throw nothing(target)
      for (const hit of hits) this.mine(hit)
      return [target]
    }
    const own = hits.filter((hit) => this.owns(hit))
    // Stopping or deleting everything of nothing succeeds.
    if (own.length === 0 && this.method !== 'stop' && this.method !== 'delete') throw nothing(target)
    return own.map(({ id }) => id)
  }

  /** Refuses names of others; patterns and unknown words pass, for requests narrowed in another way. */
  words(targets: readonly string[]): void {
    for (const target of targets) if (!isPattern(target)) for (const hit of this.processes.matching(target)) this.mine(hit)
  }

  speaker(who: Speaker): Speaker {
    if ('id' in who) {
      this.known(this.processes.get(who.id))
      return who
    }
    return { target: this.one(who.target, false) }
  }

  known(process: Known | undefined): void {
    if (process !== undefined) this.mine(process)
  }

  /** Logs by the names in a cursor; those of a deleted process are for admins. */
  logs(names: readonly string[]): void {
    for (const name of names) {
      const process = this.processes.named(name)
      if (process === undefined) throw nothing(name)
      this.mine(process)
    }
  }

  owns(process: Known): boolean {
    return process.owner === this.peer.user
  }

  private mine(process: Known): void {
    if (this.owns(process)) return
    throw new PtrackError('DENIED', `cannot ${this.method} ${process.name}: it belongs to ${process.owner}`, {
      hint: `a token of ${process.owner}, or of an admin, may`,
      details: { process: process.name, owner: process.owner },
    })
  }
}

const nothing = (target: string): PtrackError =>
  new PtrackError('NOT_FOUND', `cannot find '${target}': nothing of yours is called so`, {
    hint: '`ptrack ls --all` shows what there is',
    details: { target },
  })
