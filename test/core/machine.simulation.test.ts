/**
 * A thousand seeded lives of a process under random wishes, exits, delays and stale timers, against a model of the
 * operating system. The seed that fails is printed and replays exactly.
 */
import assert from 'node:assert'
import { expect, test } from 'vitest'
import type { Context, Effect, Event, Fact, WakeKey } from '../../src/core/events.ts'
import { step } from '../../src/core/machine.ts'
import { type Lifecycle, newLifecycle, type Policy, type WaitWhy } from '../../src/core/state.ts'
import { isEnded, LIFECYCLE_COMMANDS, type LifecycleCommand } from '../../src/protocol/names.ts'
import { chance } from '../support/chance.ts'
import { runs } from '../support/effort.ts'
import { context, exitEvent, jobPolicy, liveAt, servicePolicy } from './support/tracked.ts'

const SEEDS = Number(process.env.PTRACK_SEEDS ?? runs(4000))
const EVENTS = 80

interface FakeRun {
  number: number
  leaderAlive: boolean
  descendants: number
  exitTold: boolean
  termAtMs: number | null
  /** SIGTERM's grace, as it was armed last. */
  killNotBefore: number
  killed: boolean
  ignoresTerm: boolean
  swept: boolean
}

/** A lifecycle command: what it was for, and whether it lives. */
interface FakeCommand {
  run: number
  name: LifecycleCommand
  alive: boolean
  ok: boolean
}

class World {
  now = 1000
  tracked: Lifecycle = newLifecycle(0)
  runs: FakeRun[] = []
  commands: FakeCommand[] = []
  timers: { key: WakeKey; atMs: number; event: Fact; clearedAway: boolean }[] = []
  earliestStartMs = 0
  waits: WaitWhy | null = null
  lastTurn = 0
  drawn = 0
  readonly cooperative: boolean
  readonly random: () => number
  readonly policy: Policy
  readonly seed: number

  constructor(seed: number) {
    this.seed = seed
    this.random = chance(seed)
    this.cooperative = this.random() < 0.5
    const base = this.pick([servicePolicy, servicePolicy, jobPolicy])
    this.policy = {
      ...base,
      restart: base.kind === 'service' ? this.pick(['always', 'on-failure', 'never'] as const) : 'never',
      readiness: this.random() < 0.4,
      retries: this.pick([0, 2, 5]),
      timeoutMs: this.pick([null, null, 5000]),
      maxRestarts: this.pick([null, null, 3]),
      leftovers: this.pick(['kill', 'keep', 'seen'] as const),
      stopTimeoutMs: this.pick([0, 50, 10_000]),
      commands: LIFECYCLE_COMMANDS.filter(() => this.random() < 0.25),
    }
  }

  pick<T>(choices: readonly T[]): T {
    return choices[Math.floor(this.random() * choices.length)]!
  }

  submit(event: Event): void {
    const before = this.tracked
    const ctx = context(this.policy, this.now, {
      jitter: this.random(),
      wait: this.waitAt(event),
      takeTurn: () => ++this.lastTurn,
      saved: this.random() < 0.5,
      cooperative: this.cooperative,
      failing: null,
      newRunId: () => `r${this.seed}-${this.now}-${this.runs.length}-${++this.drawn}`,
    })
    const asked = this.lastTurn + this.drawn
    const { next, first = [], effects } = step(before, event, ctx)
    assert(this.lastTurn + this.drawn <= asked + 1, 'one step took more than one turn or run id')
    assert(
      first.every((effect) => effect.do === 'spawn' && !effect.durable && this.policy.commands.length === 0),
      'something else goes before the record',
    )
    assert(!effects.some((effect) => effect.do === 'spawn' && !effect.durable), 'a successor waits for the record')
    this.tracked = next
    this.checkAdmission(before, event, [...first, ...effects], ctx.wait)
    if (next.state.status === 'retrying' && before.state.status !== 'retrying')
      this.earliestStartMs = this.now + next.state.delayMs
    this.dropCommands()
    for (const effect of [...first, ...effects]) this.perform(effect, event)
    this.check()
  }

  /** As the supervisor answers: a retry has waited for the others before its first attempt. */
  waitAt(event: Event): Context['wait'] {
    if (this.waits === null || (event.kind === 'delayElapsed' && this.waits !== 'queue')) return null
    return { why: this.waits, reason: `waiting for a ${this.waits}` }
  }

  /** What waits begins by being admitted and by nothing else, and then once. */
  checkAdmission({ state, runNumber }: Lifecycle, event: Event, effects: readonly Effect[], wait: Context['wait']): void {
    const isBegun = event.kind === 'commandEnded' && event.name === 'pre-start' && event.failure === null
    if (isBegun) return
    const spawns = effects.filter((effect) => effect.do === 'spawn' || (effect.do === 'command' && effect.name === 'pre-start'))
    assert(spawns.length <= 1, 'one step begins two runs')
    if (spawns.length === 0) return
    assert(this.tracked.runNumber === runNumber + 1, 'a run began without a number of its own')
    if (state.status === 'pending' && state.why !== 'time')
      assert(event.kind === 'admitted', `what waits for a ${state.why} began by ${event.kind}`)
    if (event.kind === 'admitted') assert(state.status === 'pending', `admitted while ${state.status} began a run`)
    // A restart by policy does not wait again; a job's retry has to queue.
    const asked = 'afterwards' in state && state.afterwards.go === 'run' && state.afterwards.asked
    const byPolicy = event.kind === 'exited' || ((event.kind === 'gone' || event.kind === 'commandEnded') && !asked)
    if (wait !== null && !byPolicy) assert.fail(`${event.kind} began a run that has to wait for a ${wait.why}`)
  }

  perform(effect: Effect, cause: Event): void {
    switch (effect.do) {
      case 'clearWakes':
        // A real timer may have fired already when it is cancelled: some stay, as stale facts.
        for (const timer of this.timers) if (this.random() < 0.7) timer.clearedAway = true
        return
      case 'wake':
        // One timer a key: arming it anew takes the earlier one back.
        this.timers = this.timers.filter(
          (timer) => timer.key !== effect.key || timer.event.kind !== effect.event.kind || timer.clearedAway,
        )
        this.timers.push({ key: effect.key, atMs: this.now + effect.afterMs, event: effect.event, clearedAway: false })
        if (effect.key === 'grace')
          for (const run of this.runs) if (run.number === this.tracked.runNumber) run.killNotBefore = this.now + effect.afterMs
        return
      case 'spawn': {
        if (cause.kind === 'delayElapsed') assert(this.now >= this.earliestStartMs, 'restarted before its delay')
        const survivors = this.runs.filter((run) => run.leaderAlive)
        assert(survivors.length === 0, `two live runs: ${survivors.map((run) => run.number)} and ${effect.run.number}`)
        this.checkCommands(effect.run.number)
        const fails = this.random() < 0.1
        // Between intent and spawn other wishes may come; the supervisor spawns only what is still intended.
        return this.defer(() => {
          const { state } = this.tracked
          if (state.status !== 'starting' || state.live !== null || state.run.number !== effect.run.number) return
          if (fails)
            return this.submit({
              kind: 'spawnFailed',
              run: effect.run.number,
              error: { code: 'ENOENT', message: 'cannot start' },
            })
          this.runs.push({
            number: effect.run.number,
            leaderAlive: true,
            descendants: Math.floor(this.random() * 3),
            exitTold: false,
            termAtMs: null,
            killNotBefore: 0,
            killed: false,
            ignoresTerm: this.random() < 0.3,
            swept: false,
          })
          this.submit({ kind: 'spawned', run: effect.run.number, live: liveAt(1000 + effect.run.number, this.now) })
        })
      }
      case 'endTree': {
        const { number } = effect.run
        const run = this.runs.find((each) => each.number === number)
        assert(run ?? this.commands.some((each) => each.run === number), 'ends a run that was never spawned')
        // What is left of its commands is part of its tree.
        for (const each of this.commands) if (each.run === number) each.alive = false
        if (run === undefined) return
        const isServed = this.policy.commands.includes('pre-stop') && cause.kind === 'stopRequested'
        assert(!isServed || this.tracked.state.status !== 'running', 'the signal comes before the pre-stop')
        if (effect.force) {
          // A stop with a timeout of its own may find it in its pre-stop.
          const isAsked = run.termAtMs !== null || this.policy.commands.includes('pre-stop')
          assert(isAsked && this.now >= run.killNotBefore, 'SIGKILL before its grace')
          run.killed = true
        } else run.termAtMs = this.now
        return
      }
      case 'command': {
        const command = { run: effect.run.number, name: effect.name, alive: false, ok: this.random() < 0.6 }
        assert(this.policy.commands.includes(effect.name), `${effect.name} is not in the definition`)
        if (effect.name !== 'pre-start') assert(!this.ran(command, 'any'), `${effect.name} of run ${command.run} twice`)
        if (effect.name === 'post-stop')
          assert(!this.runs.some((run) => run.number === command.run && run.leaderAlive), 'post-stop of a live run')
        this.commands.push(command)
        const { run, name } = { run: command.run, name: effect.name }
        return this.defer(() => {
          if (this.random() < 0.1) return this.submit({ kind: 'commandEnded', run, name, failure: 'no such directory' })
          const { state } = this.tracked
          if (!('command' in state) || state.command?.name !== name || state.run.number !== run) return
          command.alive = true
          this.submit({ kind: 'commandBegan', run, name, live: liveAt(5000 + run, this.now) })
        })
      }
      case 'endCommand':
        for (const each of this.commands) if (each.run === effect.run.number) this.endCommand(each)
        return
      case 'sweep': {
        const run = this.runs.find((each) => each.number === effect.run.number)
        if (run) run.swept = true
        return
      }
      default:
    }
  }

  /** As the supervisor does: with the tree of its run, or by itself. */
  dropCommands(): void {
    const { state } = this.tracked
    const present = 'command' in state ? state.command?.name : undefined
    const isEnded = 'phase' in state && state.phase !== 'post-stop'
    for (const each of this.commands)
      if (each.alive && !isEnded && (each.name !== present || each.run !== this.tracked.runNumber)) each.alive = false
  }

  endCommand(command: FakeCommand): void {
    if (!command.alive) return
    command.alive = false
    const { run, name, ok } = command
    this.submit({ kind: 'commandEnded', run, name, failure: ok ? null : 'exit code 3' })
  }

  ran({ run, name }: Pick<FakeCommand, 'run' | 'name'>, how: 'any' | 'well'): boolean {
    return this.commands.some((each) => each.run === run && each.name === name && (how === 'any' || each.ok))
  }

  /** A program follows its pre-start and the post-stop of the run before. */
  checkCommands(run: number): void {
    assert(!this.commands.some((each) => each.alive), 'a command lives while a run begins')
    if (this.policy.commands.includes('pre-start')) assert(this.ran({ run, name: 'pre-start' }, 'well'), 'no pre-start')
    const before = this.runs.findLast((each) => each.number < run)
    if (this.policy.commands.includes('post-stop') && before !== undefined)
      assert(this.ran({ run: before.number, name: 'post-stop' }, 'any'), `no post-stop of run ${before.number}`)
  }

  private readonly deferred: (() => void)[] = []
  defer(action: () => void): void {
    this.deferred.push(action)
  }

  /** One thing happens: a wish, an exit, the passing of time, or a late fact. */
  turn(): void {
    const action = this.deferred.shift()
    if (action && this.random() < 0.7) return action()
    if (action) this.deferred.unshift(action)
    const command = this.commands.find((each) => each.alive)
    if (command && this.random() < 0.2) return this.endCommand(command)
    const live = this.runs.find((run) => run.leaderAlive)
    const dice = this.random()
    if (dice < 0.2)
      return this.submit(
        this.pick<Event>([
          { kind: 'startRequested' },
          { kind: 'stopRequested', timeoutMs: this.pick([null, 0, 100]) },
          { kind: 'restartRequested' },
          { kind: 'cancelRequested' },
          { kind: 'pauseRequested', now: this.random() < 0.3 },
          { kind: 'resumeRequested' },
          { kind: 'resetRequested' },
          { kind: 'admitted' },
        ]),
      )
    if (dice < 0.22) {
      this.waits =
        this.policy.kind === 'job' ? this.pick([null, 'queue', 'dependency', 'time']) : this.pick([null, null, 'dependency'])
      return
    }
    if (dice < 0.26 && live) return this.submit({ kind: 'checkpointed', run: live.number })
    if (dice < 0.45 && live) return this.end(live)
    if (dice < 0.55 && live) {
      const { state } = this.tracked
      if ('live' in state && state.live !== null && state.status !== 'completing')
        this.submit(
          this.pick<Event>([
            { kind: 'ready', run: live.number },
            { kind: 'violated', run: live.number, reason: 'unhealthy', error: { code: 'UNHEALTHY', message: 'unhealthy' } },
          ]),
        )
      return
    }
    if (dice < 0.6) return this.late()
    this.settleTrees()
    this.now += Math.floor(this.random() * this.pick([5, 500, 20_000]))
    const due = this.timers.filter((timer) => timer.atMs <= this.now)
    this.timers = this.timers.filter((timer) => timer.atMs > this.now)
    for (const timer of due) if (!timer.clearedAway) this.submit(timer.event)
  }

  /** Facts of earlier runs arrive whenever they like. */
  late(): void {
    const old = this.runs.find((run) => run.number < this.tracked.runNumber)
    if (!old) return
    const run = old.number
    this.submit(
      this.pick<Event>([
        { kind: 'graceElapsed', run },
        { kind: 'killElapsed', run },
        { kind: 'delayElapsed', run },
        { kind: 'steady', run },
        { kind: 'timedOut', run },
        { kind: 'ready', run },
        { kind: 'gone', run },
        exitEvent(run, { code: 1 }),
      ]),
    )
  }

  end(run: FakeRun): void {
    run.leaderAlive = false
    run.exitTold = true
    const code = this.pick([0, 0, 1, 125])
    this.submit(
      exitEvent(run.number, this.random() < 0.2 ? { signal: 'SIGSEGV' } : { code }, {
        leftovers: run.descendants > 0 && this.random() < 0.7,
      }),
    )
  }

  /** What was signalled ends (or ignores SIGTERM), and an empty tree is told as gone. */
  settleTrees(): void {
    const { state: ending } = this.tracked
    if (ending.status === 'completing' && 'unspawned' in ending && ending.unspawned)
      this.submit({ kind: 'gone', run: ending.run.number })
    for (const run of this.runs) {
      const dies = run.killed || (run.termAtMs !== null && !run.ignoresTerm)
      if (dies && run.leaderAlive) {
        run.descendants = 0
        this.end(run)
      }
      if (dies) run.descendants = 0
      const { state } = this.tracked
      if (
        state.status === 'completing' &&
        'live' in state &&
        state.run.number === run.number &&
        !run.leaderAlive &&
        run.descendants === 0
      )
        this.submit({ kind: 'gone', run: run.number })
    }
  }

  check(): void {
    const { state } = this.tracked
    const alive = this.runs.filter((run) => run.leaderAlive)
    assert(alive.length <= 1, `two live runs: ${alive.map((run) => run.number)}`)
    if (isEnded(state.status) || state.status === 'retrying' || state.status === 'pending') {
      assert(alive.length === 0, `run ${alive[0]?.number} lives while ${state.status}`)
      assert(!this.commands.some((each) => each.alive), `a command lives while ${state.status}`)
      if (isEnded(state.status) && this.policy.leftovers !== 'keep') {
        const run = this.runs.find((each) => each.number === this.tracked.runNumber)
        assert((run?.descendants ?? 0) === 0, `descendants live while ${state.status}`)
      }
    }
    if ('live' in state && state.live !== null) assert(this.tracked.runNumber === state.run.number, 'state and run number differ')
  }
}

function simulate(seed: number): World {
  const world = new World(seed)
  try {
    world.submit({ kind: 'admitted' })
    for (let n = 0; n < EVENTS; n++) world.turn()
  } catch (error) {
    throw new Error(`seed ${seed}: ${(error as Error).message} (status ${world.tracked.state.status})`, { cause: error })
  }
  return world
}

test(`${SEEDS} seeds keep the invariants`, () => {
  const statuses = new Set<string>()
  for (let seed = 1; seed <= SEEDS; seed++) statuses.add(simulate(seed).tracked.state.status)
  // The simulation has to reach the corners, or it proves nothing.
  expect([...statuses].sort()).toEqual(
    expect.arrayContaining([
      'cancelled',
      'completing',
      'done',
      'failed',
      'paused',
      'pending',
      'retrying',
      'running',
      'starting',
      'stopped',
      'timeout',
    ]),
  )
})
