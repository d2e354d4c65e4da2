/** A supervisor part on its own: clocks that move when told to, a real registry and event log, and a mailbox that only notes. */
import type { Event } from '../../../src/core/events.ts'
import type { Lifecycle, State } from '../../../src/core/state.ts'
import type { Clock, DaemonLog, ProcessRecord, World } from '../../../src/core/world.ts'
import type { Settings } from '../../../src/protocol/settings.ts'
import type { Supervisor } from '../../../src/supervisor/create-supervisor.ts'
import { EventLog } from '../../../src/supervisor/event-log.ts'
import type { Host } from '../../../src/supervisor/host.ts'
import { Notices } from '../../../src/supervisor/notices.ts'
import { type Managed, nameOf, Registry } from '../../../src/supervisor/registry.ts'
import { SettingsKeeper } from '../../../src/supervisor/settings-keeper.ts'
import { ViewHub } from '../../../src/supervisor/view-hub.ts'
import { record } from '../../adapters/support/state-store.ts'

export const START_MS = Date.parse('2026-11-22T12:00:00.000Z')

export class FakeClock implements Clock {
  private nowMono = 1_000_000
  private nowWall = START_MS
  private timers: { atMono: number; callback: () => void }[] = []

  mono(): number {
    return this.nowMono
  }

  wall(): number {
    return this.nowWall
  }

  wakeAfter(ms: number, callback: () => void): () => void {
    const timer = { atMono: this.nowMono + ms, callback }
    this.timers.push(timer)
    return () => {
      this.timers = this.timers.filter((each) => each !== timer)
    }
  }

  /** Both clocks go on, and timers fire in their order; promises settle in between. */
  async advance(ms: number): Promise<void> {
    const until = this.nowMono + ms
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve))
      const next = this.timers.filter(({ atMono }) => atMono <= until).sort((a, b) => a.atMono - b.atMono)[0]
      const to = next === undefined ? until : Math.max(next.atMono, this.nowMono)
      this.nowWall += to - this.nowMono
      this.nowMono = to
      if (next === undefined) return
      this.timers = this.timers.filter((each) => each !== next)
      next.callback()
    }
  }

  /** The machine sleeps, or somebody sets the clock. */
  shiftWall(ms: number): void {
    this.nowWall += ms
  }
}

export interface Submitted {
  name: string
  kind: Event['kind']
  reason: string | undefined
  atMs: number
}

type Changes = Partial<ProcessRecord['definition']>

export function supervisorKit(worldParts: Partial<World> = {}) {
  const clock = new FakeClock()
  const said: string[] = []
  const say = (_: string, message: string): void => void said.push(message)
  const log: DaemonLog = { debug: say, info: say, warn: say, error: say }
  const events = new EventLog({ epoch: 'e', clock, capacity: 1000 })
  const registry = new Registry()
  const submitted: Submitted[] = []
  let count = 0
  const world = {
    home: '/home/of/ptrack',
    newId: (length: number) => 'a'.repeat(length),
    clock,
    log,
    store: { flush: () => Promise.resolve(), put: () => {}, putSettings: () => {}, takeNumber: () => count++ },
    ...worldParts,
  } as unknown as World
  const settings = new SettingsKeeper(world.store)
  const host: Host = {
    world,
    events,
    registry,
    settings,
    notices: new Notices(world, settings),
    views: new ViewHub(world, registry, { positionOf: () => null }, { queueOf: () => null }),
    submit: (managed: Managed, event: Event) =>
      void submitted.push({
        name: nameOf(managed),
        kind: event.kind,
        reason: 'reason' in event ? event.reason : undefined,
        atMs: clock.wall() - START_MS,
      }),
    changed: () => {},
    observed: () => {},
  }

  return {
    clock,
    said,
    events,
    registry,
    submitted,
    /** A test may put what it wants into it. */
    settings: settings as { readonly now: Settings },
    host,
    /** For what asks the supervisor: the parts that it needs beside the host. */
    supervisor: (parts: object = {}): Supervisor => ({ ...host, ...parts }) as unknown as Supervisor,
    add(definition: Changes, tracked: Partial<Omit<Lifecycle, 'state'>> & { state?: object } = {}): Managed {
      const made = record(`id${++count}`, { name: definition.name ?? `p${count}`, number: 1000 + count })
      made.definition = { ...made.definition, kind: 'job', ...definition }
      made.tracked = {
        ...made.tracked,
        wanted: 'up',
        ...tracked,
        state: (tracked.state ?? { status: 'done', exit: null }) as State,
      }
      return registry.add(made)
    },
  }
}

/** What a step has left behind, told to a companion as the Orchestrator does. */
export function moveTo(managed: Managed, changes: Partial<Omit<Lifecycle, 'state'>> & { state?: object }): Lifecycle {
  const before = managed.record.tracked
  managed.record.tracked = { ...before, ...changes, state: (changes.state ?? before.state) as State }
  return before
}

export const liveState = (status: string, number: number, startedMono = 0): object => ({
  status,
  run: { number, id: `r${number}` },
  live: {
    leader: { pid: 1, startTicks: 1, bootId: 'b' },
    program: null,
    startedAtMs: START_MS,
    startedMono,
    adopted: false,
    pausedMs: 0,
  },
})
