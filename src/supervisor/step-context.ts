/** What the table needs beside process and event: policy, time, chance, and whether a run may begin. */
import type { Context, Event } from '../core/events.ts'
import type { Policy } from '../core/state.ts'
import type { World } from '../core/world.ts'
import type { Managed } from './registry.ts'

export interface Waits {
  waitOf(managed: Managed, event: Event): Context['wait']
  takeTurn(): number
}

/** A class: to V8 an object literal with getters is a hash table, and one is made at each step. */
export class StepContext implements Context {
  readonly policy: Policy
  readonly monoMs: number
  readonly wallMs: number
  readonly jitter: number
  readonly saved: boolean
  readonly given: number
  readonly cooperative: boolean
  readonly failing: string | null
  private readonly world: World
  private readonly waits: Waits
  private readonly managed: Managed
  private readonly event: Event

  constructor(world: World, waits: Waits, managed: Managed, event: Event) {
    const { tracking, tracked, handover } = managed.record
    this.policy = managed.policy
    this.monoMs = world.clock.mono()
    this.wallMs = world.clock.wall()
    this.jitter = world.random()
    this.saved = managed.saved
    this.given = handover?.given ?? 0
    this.cooperative = tracking !== null && tracking.run === tracked.runNumber && tracking.cooperative
    this.failing = managed.observed.failing
    this.world = world
    this.waits = waits
    this.managed = managed
    this.event = event
  }

  newRunId(): string {
    return this.world.newId(16)
  }

  /** Asked only where a run would begin, or queue. */
  get wait(): Context['wait'] {
    return this.waits.waitOf(this.managed, this.event)
  }

  takeTurn(): number {
    return this.waits.takeTurn()
  }
}
