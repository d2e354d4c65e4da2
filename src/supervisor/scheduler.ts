/** Cron. A time while a job runs is skipped, or queued once; a missed one is skipped. `stop` suspends, `start` resumes. */
import { iso } from '../core/iso.ts'
import { CLOCK_CHECK_MS, type ClockPair, clocksAgree, MISSED_AFTER_MS, scheduleHolds, turnOf } from '../core/schedule.ts'
import type { Lifecycle } from '../core/state.ts'
import type { Times } from '../core/world-jobs.ts'
import { PtrackError } from '../protocol/errors.ts'
import { isEnded, STATUS_CLAUSES } from '../protocol/names.ts'
import type { Companion } from './companion.ts'
import type { Host } from './host.ts'
import { type Managed, nameOf } from './registry.ts'
import { Wheel } from './wheel.ts'

interface Plan {
  managed: Managed
  expression: string
  /** null while the expression is being read, and for an invalid one. */
  times: Times | null
  dueMs: number | null
  /** Its time came while it ran: once more after the end. */
  queued: boolean
}

export class Scheduler implements Companion {
  private readonly host: Host
  private readonly wheel: Wheel
  private readonly plans = new Map<string, Plan>()
  /** When the due times were last converted to timers. */
  private clocks: ClockPair
  private cancelCheck: (() => void) | null = null

  constructor(host: Host) {
    this.host = host
    this.wheel = new Wheel(host.world.clock)
    this.clocks = this.readClocks()
  }

  added(managed: Managed): void {
    this.follow(managed)
  }

  redefined(managed: Managed): void {
    this.follow(managed)
    const { definition, tracked } = managed.record
    // Nothing would begin it any more, and no run was requested.
    if (definition.cron === null && tracked.state.status === 'pending' && tracked.state.why === 'time')
      this.host.submit(managed, { kind: 'stopRequested', timeoutMs: null })
  }

  removed(managed: Managed): void {
    this.drop(managed)
  }

  stepped(managed: Managed, before: Lifecycle): void {
    const { definition, tracked } = managed.record
    if (definition.cron === null) return
    if (before.wanted !== tracked.wanted) this.follow(managed)
    const plan = this.plans.get(managed.record.id)
    if (plan?.queued && isEnded(tracked.state.status)) {
      plan.queued = false
      this.host.submit(managed, { kind: 'startRequested', reason: 'its time came while it was running' })
    }
  }

  reasonOf(managed: Managed): string {
    const dueMs = this.plans.get(managed.record.id)?.dueMs
    if (dueMs) return `next run at ${iso(dueMs)} (its hours are those of ${this.host.world.timetable.zone()})`
    // As saved, until the expression has been read.
    const { state, reason } = managed.record.tracked
    return (state.status === 'pending' && state.why === 'time' ? reason : null) ?? 'waiting for its time'
  }

  close(): void {
    this.cancelCheck?.()
    this.wheel.close()
    this.plans.clear()
  }

  private follow(managed: Managed): void {
    const { id, definition, tracked } = managed.record
    const plan = this.plans.get(id)
    if (!scheduleHolds(definition, tracked)) return this.drop(managed)
    const expression = definition.cron!
    if (plan?.expression === expression) return
    const { timetable } = this.host.world
    const fresh: Plan = { managed, expression, times: timetable.known(expression), dueMs: null, queued: false }
    this.plans.set(id, fresh)
    this.checkClocks()
    if (fresh.times !== null) this.arm(fresh)
    else void this.read(fresh)
  }

  private drop(managed: Managed): void {
    const { id } = managed.record
    if (!this.plans.delete(id)) return
    this.wheel.unschedule(id)
    managed.observed.nextRunAtMs = null
    this.host.views.touch(managed)
  }

  private async read(plan: Plan): Promise<void> {
    const { world, events } = this.host
    const { id, tracked } = plan.managed.record
    try {
      plan.times = await world.timetable.read(plan.expression)
    } catch (error) {
      if (!(error instanceof PtrackError)) throw error
      // It was valid once; the error is published, and the process stays.
      events.publish('processError', this.subject(plan), { run: tracked.runNumber, code: error.code, message: error.message })
      world.log.warn('Scheduler', `'${nameOf(plan.managed)}': ${error.message}`)
      return
    }
    if (this.plans.get(id) === plan) this.arm(plan)
  }

  /** `passedMs`: a time already handled; the timer may be some ms early on the wall clock, and must not fire twice. */
  private arm(plan: Plan, passedMs = 0): void {
    const { managed } = plan
    const { state } = managed.record.tracked
    const nowMs = this.host.world.clock.wall()
    plan.dueMs = plan.times?.after(Math.max(nowMs, passedMs)) ?? null
    managed.observed.nextRunAtMs = plan.dueMs
    this.host.views.touch(managed)
    if (plan.dueMs === null) this.wheel.unschedule(managed.record.id)
    else this.wheel.schedule(managed.record.id, Math.max(0, plan.dueMs - nowMs), () => this.due(plan))
    // Shows when it will run: a reason is part of what is saved.
    if (state.status === 'pending' && state.why === 'time') this.host.submit(managed, { kind: 'admitted' })
  }

  private due(plan: Plan): void {
    const { managed, dueMs } = plan
    const { world } = this.host
    if (this.plans.get(managed.record.id) !== plan || dueMs === null) return
    const lateMs = world.clock.wall() - dueMs
    // The clock was set back meanwhile.
    if (lateMs < -1000) return this.arm(plan)
    const turn = turnOf(managed.record.definition, managed.record.tracked)
    this.arm(plan, dueMs)
    if (lateMs > MISSED_AFTER_MS) {
      world.log.info('Scheduler', `'${nameOf(managed)}': its time ${iso(dueMs)} was missed and is left out`)
      return
    }
    const reason = `its time has come (${plan.expression})`
    if (this.host.settings.now.halted && turn === 'start')
      world.log.info('Scheduler', `'${nameOf(managed)}': its time is left out, it is halted`)
    else if (turn === 'start') this.host.submit(managed, { kind: 'startRequested', reason })
    else if (turn === 'restart') this.host.submit(managed, { kind: 'restartRequested', reason })
    else if (turn === 'queue') plan.queued = true
    else
      world.log.info(
        'Scheduler',
        `'${nameOf(managed)}': its time is left out, it ${STATUS_CLAUSES[managed.record.tracked.state.status]}`,
      )
  }

  /** After a suspend or a jump of the wall clock every due time has moved on the monotonic one. */
  private checkClocks(): void {
    if (this.cancelCheck !== null) return
    this.clocks = this.readClocks()
    const check = (): void => {
      this.cancelCheck = null
      if (this.plans.size === 0) return
      const now = this.readClocks()
      if (!clocksAgree(this.clocks, now)) {
        this.host.world.log.info('Scheduler', 'the clock was set, or the machine slept: next times are counted from now')
        this.clocks = now
        for (const plan of this.plans.values()) if (plan.times !== null) this.arm(plan)
      }
      this.cancelCheck = this.host.world.clock.wakeAfter(CLOCK_CHECK_MS, check)
    }
    this.cancelCheck = this.host.world.clock.wakeAfter(CLOCK_CHECK_MS, check)
  }

  private readClocks(): ClockPair {
    const { clock } = this.host.world
    return { monoMs: clock.mono(), wallMs: clock.wall() }
  }

  private subject({ managed }: Plan): { name: string; id: string } {
    return { name: nameOf(managed), id: managed.record.id }
  }
}
