/**
 * Seeded days of a queue: jobs and services are defined, end, fail, retry, are stopped, deleted and limited at random.
 * Admission and the table of states are the real ones; only the programs are played. The failing seed is printed.
 */

import assert from 'node:assert'
import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Context, Effect, Event } from '../../src/core/events.ts'
import { step } from '../../src/core/machine.ts'
import { JobQueue } from '../../src/core/queue.ts'
import { newLifecycle } from '../../src/core/state.ts'
import type { World } from '../../src/core/world.ts'
import { Definition } from '../../src/protocol/definition.ts'
import { isLive } from '../../src/protocol/names.ts'
import { resolveDefinition } from '../../src/protocol/resolve-definition.ts'
import type { QueueLimits } from '../../src/protocol/settings.ts'
import { Admission } from '../../src/supervisor/admission.ts'
import { type Managed, nameOf, Registry } from '../../src/supervisor/registry.ts'
import { exitEvent, liveAt } from '../core/support/tracked.ts'
import { chance } from '../support/chance.ts'

const SEEDS = Number(process.env.PTRACK_SEEDS ?? 60)
const TURNS = 250

class House {
  readonly registry = new Registry()
  readonly admission: Admission
  readonly began: string[] = []
  readonly random: () => number
  limits: QueueLimits = { global: 2, owners: {}, types: {} }
  now = 0
  private readonly mailbox: { managed: Managed; event: Event }[] = []
  private draining = false
  private readonly due: (() => void)[] = []
  /** Runs that were admitted out of the queue, by process. */
  private readonly admitted = new Map<Managed, number>()

  constructor(seed: number) {
    this.random = chance(seed)
    const host = {
      registry: this.registry,
      submit: (managed: Managed, event: Event) => this.submit(managed, event),
      events: { publish: () => {} } as never,
      views: { watched: false, touch: () => {} } as never,
      world: {} as World,
    }
    this.admission = new Admission(host, new JobQueue(), { reasonOf: () => 'waiting for its time' })
  }

  pick<T>(choices: readonly T[]): T {
    return choices[Math.floor(this.random() * choices.length)]!
  }

  define(n: number): void {
    const kind = this.pick(['job', 'job', 'job', 'service'] as const)
    const names = [...this.registry.all()].map(nameOf)
    const awaited = this.random() < 0.25 && names.length > 0 ? [this.pick(names)] : []
    const raw = Definition.parse({
      name: `p${n}`,
      kind,
      command: ['true'],
      cwd: '/',
      type: this.pick(['build', 'benchmark']),
      priority: this.pick([0, 0, 5]),
      retries: this.pick([0, 2]),
      retryJitter: false,
      after: awaited.map((name) => ({ name, condition: this.pick(['started', 'healthy', 'done', 'ended'] as const) })),
    })
    const managed = this.registry.add({
      id: `id${n}`,
      number: n,
      definition: resolveDefinition(raw, [], {}),
      owner: this.pick(['ann', 'ben']),
      createdAtMs: n,
      tracked: newLifecycle(n),
      startedAtMs: null,
      endedAtMs: null,
      lastExit: null,
      runs: [],
      timeline: [],
      tracking: null,
    })
    this.submit(managed, { kind: 'admitted' })
  }

  submit(managed: Managed, event: Event): void {
    this.mailbox.push({ managed, event })
    if (this.draining) return
    this.draining = true
    for (let next = this.mailbox.shift(); next !== undefined; next = this.mailbox.shift()) this.take(next.managed, next.event)
    this.draining = false
    this.check()
  }

  private take(managed: Managed, event: Event): void {
    if (managed.removed) return
    const before = managed.record.tracked
    const { admission } = this
    const context: Context = {
      policy: managed.policy,
      monoMs: this.now,
      wallMs: this.now,
      jitter: 0.5,
      newRunId: () => `r${this.now}`,
      get wait() {
        return admission.waitOf(managed, event)
      },
      takeTurn: () => admission.takeTurn(),
      saved: true,
      given: 0,
      cooperative: false,
      failing: null,
    }
    const { next, first = [], effects } = step(before, event, context)
    if (next === before && effects.length === 0) return
    managed.record.tracked = next
    if (event.kind === 'admitted' && next.state.status === 'starting') {
      this.began.push(nameOf(managed))
      const last = this.admitted.get(managed) ?? 0
      assert(next.runNumber > last, `${nameOf(managed)} was admitted twice for run ${next.runNumber}`)
      this.admitted.set(managed, next.runNumber)
    }
    for (const effect of [...first, ...effects]) this.perform(managed, effect)
    admission.stepped(managed, before, event)
  }

  private perform(managed: Managed, effect: Effect): void {
    if (effect.do === 'spawn') {
      const { run } = effect
      this.due.push(() => {
        const { state } = managed.record.tracked
        if (state.status !== 'starting' || state.live !== null || state.run.id !== run.id) return
        this.submit(managed, { kind: 'spawned', run: run.number, live: liveAt(100 + run.number, this.now) })
      })
    }
    if (effect.do === 'wake' && effect.key === 'delay') this.due.push(() => this.submit(managed, effect.event))
    if (effect.do === 'endTree') this.due.push(() => this.submit(managed, { kind: 'gone', run: effect.run.number }))
  }

  turn(n: number): void {
    this.now += 10
    const dice = this.random()
    const all = [...this.registry.all()]
    const managed = all.length > 0 ? this.pick(all) : null
    if (dice < 0.2 || managed === null) return this.define(n)
    if (dice < 0.5) return void this.due.splice(Math.floor(this.random() * this.due.length), 1)[0]?.()
    const { state } = managed.record.tracked
    if (dice < 0.8) {
      if (state.status === 'running' && 'run' in state)
        this.submit(managed, exitEvent(state.run.number, { code: this.pick([0, 0, 1]) }))
      return
    }
    if (dice < 0.85) return this.submit(managed, { kind: 'cancelRequested' })
    if (dice < 0.9) return this.submit(managed, this.pick<Event>([{ kind: 'startRequested' }, { kind: 'restartRequested' }]))
    if (dice < 0.94) {
      if (isLive(state.status)) return
      this.registry.remove(managed)
      this.admission.removed(managed)
      return
    }
    // Raised only: what is live already may exceed a lower limit, and the check below could not tell.
    this.limits = { ...this.limits, global: (this.limits.global ?? 0) + this.pick([0, 1]), owners: { ann: 1 } }
    this.admission.setLimits(this.limits)
  }

  check(): void {
    const all = [...this.registry.all()]
    const live = all.filter(({ record }) => record.definition.kind === 'job' && isLive(record.tracked.state.status))
    assert(live.length <= (this.limits.global ?? 0), `${live.length} jobs live, limit ${this.limits.global}`)
    assert(this.admission.counts.live >= live.length, 'a live job holds no slot')
    const queued = all.filter(({ record: { tracked } }) => tracked.state.status === 'pending' && tracked.state.why === 'queue')
    for (const each of queued) assert(this.admission.positionOf(each) !== null || this.settling, `${nameOf(each)} waits nowhere`)
  }

  /** Admitted in this turn, and told in the next. */
  private get settling(): boolean {
    return this.draining
  }

  async untilQuiet(): Promise<void> {
    while (this.due.length > 0) {
      this.due.shift()!()
      await setImmediate()
    }
  }
}

async function day(seed: number): Promise<House> {
  const house = new House(seed)
  try {
    house.admission.open(house.limits)
    for (let n = 0; n < TURNS; n++) {
      house.turn(n)
      if (n % 3 === 0) await setImmediate()
    }
    // In the end everything finishes, and nobody who could begin is left waiting for a slot.
    for (let rounds = 0; rounds < 400; rounds++) {
      await house.untilQuiet()
      for (const managed of house.registry.all()) {
        const { state } = managed.record.tracked
        if (managed.record.definition.kind === 'job' && state.status === 'running' && 'run' in state)
          house.submit(managed, exitEvent(state.run.number, { code: 0 }))
      }
      await setImmediate()
    }
    assert(house.admission.counts.queued === 0, `${house.admission.counts.queued} jobs still wait for a slot`)
    assert(house.admission.counts.live === 0, `${house.admission.counts.live} slots are held by nobody`)
  } catch (error) {
    throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error })
  }
  return house
}

test(`${SEEDS} days: never more live jobs than the limit, and whoever waits is admitted once`, async () => {
  let began = 0
  for (let seed = 1; seed <= SEEDS; seed++) began += (await day(seed)).began.length
  expect(began).toBeGreaterThan(SEEDS * 10)
})
