/** Readiness and health, by ports and probes. A port is healthy when it accepts and is held by our own tree. */
import { answerWords, checkName, failureWords } from '../core/check-words.ts'
import { noteCheck, unknownHealth } from '../core/health.ts'
import { iso } from '../core/iso.ts'
import { isProbed } from '../core/policy.ts'
import type { LiveRun } from '../core/state.ts'
import type { World } from '../core/world.ts'
import type { LogFollower } from '../core/world-logs.ts'
import type { ProbeAnswer } from '../core/world-probes.ts'
import { addressOf, type OpenSocket, portsOf, socketsNameOf } from '../protocol/sockets.ts'
import type { Companion } from './companion.ts'
import type { Host } from './host.ts'
import type { Instances } from './instances.ts'
import { LISTENING_AGE_MS, Listening } from './listening.ts'
import type { Metrics } from './metrics.ts'
import { PortOwners } from './port-owners.ts'
import { evidenceOf, liveRunOf, type Managed, nameOf } from './registry.ts'
import type { SocketKeeper } from './socket-keeper.ts'
import type { Timeline } from './timeline.ts'
import { Wheel } from './wheel.ts'

/** While starting: soon, then every second, so that readiness is noticed within a few ms. */
const FIRST_CHECK_MS = 40
const STARTING_FACTOR = 1.5
const STARTING_MAX_MS = 1000
/** From this many processes on, ports are looked up in the kernel's table, all at once; fewer are cheaper to connect to. */
const MANY = 50
/** Longest time without a connection, which alone shows that a queue is not full; spread by port number over half of it. */
const CONNECT_AGAIN_MS = 60_000
const connectAgainMs = (port: number): number => CONNECT_AGAIN_MS * (0.5 + (port % 64) / 128)
/** Ports answered by the table are checked in groups, close enough in time to share one reading. */
const GROUPS = 16
const GROUP_MS = 50
const NO_PROBE = { kind: 'none' } as const

interface CheckResult {
  check: string
  /** Null = it passed. */
  why: string | null
  latencyMs: number | null
}

const portCheck = (port: number): string => `port ${port}`

interface Followed {
  managed: Managed
  run: number
  check: string | null
  delayMs: number
  checking: boolean
  /** Readiness was reported by a notify or a log line. */
  announced: boolean
  scan: LogFollower | null
  /** By port: the sockets listening at the last accepted connection, and when that was. */
  accepted: Map<number, { sockets: string; atMono: number }>
}

export class HealthChecker implements Companion {
  private readonly host: Host
  private readonly world: World
  private readonly timeline: Timeline
  private readonly metrics: Pick<Metrics, 'checked'>
  private readonly sockets: Pick<SocketKeeper, 'of'>
  private readonly instances: Pick<Instances, 'serving' | 'probe'>
  private readonly owners: PortOwners
  private readonly listening: Listening
  private readonly wheel: Wheel
  private readonly followed = new Map<string, Followed>()

  constructor(
    host: Host,
    timeline: Timeline,
    metrics: Pick<Metrics, 'checked'>,
    sockets: Pick<SocketKeeper, 'of'>,
    instances: Pick<Instances, 'serving' | 'probe'>,
  ) {
    const { world } = host
    this.host = host
    this.world = world
    this.timeline = timeline
    this.metrics = metrics
    this.sockets = sockets
    this.instances = instances
    this.owners = new PortOwners(world)
    this.listening = new Listening(world)
    this.wheel = new Wheel(world.clock)
  }

  stepped(managed: Managed): void {
    const { status } = managed.record.tracked.state
    const probing = status === 'starting' || status === 'running'
    if (probing && liveRunOf(managed) !== null) this.follow(managed)
    else this.stop(managed)
  }

  removed(managed: Managed): void {
    this.stop(managed)
  }

  /** Follows a run through all its states; repeated calls for a run change nothing. */
  private follow(managed: Managed): void {
    const { record } = managed
    const run = record.tracked.runNumber
    const existing = this.followed.get(record.id)
    if (existing?.run === run) return
    if (existing) this.stop(managed)
    if (!isProbed(record.definition)) return
    const followed: Followed = {
      managed,
      run,
      check: checkName(record.definition.health),
      delayMs: FIRST_CHECK_MS,
      checking: false,
      announced: false,
      scan: null,
      accepted: new Map(),
    }
    this.followed.set(record.id, followed)
    managed.observed.ports = portsOf(record.definition).map((port) => ({
      port,
      open: null,
      heldBy: null,
      latencyMs: null,
      checkedAt: null,
    }))
    const { health } = record.definition
    if (health?.kind === 'log') {
      const pattern = new RegExp(health.pattern)
      followed.scan = this.world.logs.scan(nameOf(managed), 'both', (line) => {
        if (pattern.test(line)) this.announce(followed)
      })
    }
    // An adopted run that is already running was ready: an earlier line or notify still counts.
    if (record.tracked.state.status !== 'starting') followed.announced = true
    this.wheel.schedule(record.id, followed.delayMs, () => void this.check(followed))
  }

  private stop(managed: Managed): void {
    const followed = this.followed.get(managed.record.id)
    if (followed === undefined) return
    followed.scan?.close()
    this.wheel.unschedule(managed.record.id)
    this.followed.delete(managed.record.id)
    managed.observed.checks.clear()
    Object.assign(managed.observed, { health: unknownHealth, check: null, failing: null, orphanedPid: null })
  }

  /** `ptrack notify --ready` from inside; false when this run is not followed. */
  notify(managed: Managed): boolean {
    const followed = this.followed.get(managed.record.id)
    if (followed === undefined) return false
    this.announce(followed)
    return true
  }

  close(): void {
    this.wheel.close()
    for (const followed of this.followed.values()) followed.scan?.close()
    this.followed.clear()
  }

  private announce(followed: Followed): void {
    if (followed.announced) return
    followed.announced = true
    followed.scan?.close()
    this.wheel.schedule(followed.managed.record.id, 0, () => void this.check(followed))
  }

  private async check(followed: Followed): Promise<void> {
    const { managed } = followed
    const { record } = managed
    if (followed.checking || this.followed.get(record.id) !== followed) return
    if (this.stillListens(followed)) {
      this.host.observed(managed)
      this.wheel.schedule(record.id, this.nextDelay(followed), () => void this.check(followed))
      return
    }
    followed.checking = true
    const beganMono = this.world.clock.mono()
    const [ports, { probed, tookMs }] = await Promise.all([this.checkPorts(followed), this.probe(followed)])
    followed.checking = false
    // What was found of a run that is over meanwhile is no news of the next one.
    const isPresent = this.followed.get(record.id) === followed
    const answered = this.answered(followed, probed, isPresent ? tookMs : null)
    if (isPresent)
      for (const { check, why, latencyMs } of ports.results) this.log(managed, check, why, 'accepts connections', latencyMs)
    const failure = ports.failure ?? answered
    this.metrics.checked(this.world.clock.mono() - beganMono, failure === null)
    if (this.followed.get(record.id) !== followed) return
    managed.observed.failing = failure
    this.note(followed, failure, ports.certain)
    if (this.followed.get(record.id) !== followed) return
    this.wheel.schedule(record.id, this.nextDelay(followed), () => void this.check(followed))
  }

  private async probe({ managed, announced }: Followed): Promise<{ probed: ProbeAnswer | null; tookMs: number }> {
    const beganMono = this.world.clock.mono()
    const probed = await this.instances.probe(managed, runOf(managed)?.id ?? '', announced)
    return { probed, tookMs: this.world.clock.mono() - beganMono }
  }

  private log({ observed }: Managed, check: string, why: string | null, passed: string, latencyMs: number | null): void {
    observed.checks.add(check, this.world.clock.wall(), why === null, why ?? passed, latencyMs)
  }

  /** Keeps the probe's answer for views; returns why it failed, or null. */
  private answered({ managed, check }: Followed, probed: ProbeAnswer | null, tookMs: number | null): string | null {
    if (probed === null || check === null) return null
    const answer = answerWords(probed.answer)
    managed.observed.check = { check, ok: probed.ok, answer, atMs: this.world.clock.wall() }
    if (tookMs !== null) this.log(managed, check, probed.ok ? null : answer, answer, tookMs)
    return probed.ok ? null : failureWords(check, answer)
  }

  /** With many ports, for a healthy one: the table named its sockets when they last accepted. */
  private isListed({ managed, accepted }: Followed): boolean {
    const { definition, tracked } = managed.record
    const { ports, health, orphanedPid } = managed.observed
    if (this.followed.size < MANY || definition.healthPeriodMs < LISTENING_AGE_MS) return false
    if (ports.length === 0 || (definition.health ?? NO_PROBE).kind !== 'none') return false
    if (tracked.state.status === 'starting' || health.health !== 'healthy' || orphanedPid !== null) return false
    return ports.every(({ port }) => (accepted.get(port)?.sockets ?? '') !== '')
  }

  /** No connection while the table shows the sockets that accepted lately. Doubts and failures need one. */
  private stillListens(followed: Followed): boolean {
    if (!this.isListed(followed)) return false
    const { ports } = followed.managed.observed
    const nowMono = this.world.clock.mono()
    for (const { port } of ports) {
      const last = followed.accepted.get(port)!
      if (nowMono - last.atMono >= connectAgainMs(port) || last.sockets !== this.listening.socketsOf(port)) return false
    }
    const checkedAt = iso(this.world.clock.wall())
    for (const view of ports) {
      view.checkedAt = checkedAt
      this.log(followed.managed, portCheck(view.port), null, 'listens', null)
    }
    return true
  }

  private nextDelay(followed: Followed): number {
    const { record, observed } = followed.managed
    if (record.tracked.state.status === 'starting') {
      followed.delayMs = Math.min(STARTING_MAX_MS, followed.delayMs * STARTING_FACTOR)
      return followed.delayMs
    }
    const period = record.definition.healthPeriodMs
    if (!this.isListed(followed)) return period
    const sinceGroup = this.world.clock.mono() - (observed.ports[0]!.port % GROUPS) * GROUP_MS
    return period - (((sinceGroup % period) + period) % period)
  }

  private note(followed: Followed, failure: string | null, certain: boolean): void {
    const { managed, run } = followed
    const { definition, tracked } = managed.record
    const before = managed.observed.health
    const starting = tracked.state.status === 'starting'
    // Not ready yet is not unhealthy, unless a stranger has the port.
    const after =
      starting && failure !== null && !certain ? before : noteCheck(before, failure, definition.healthFailures, certain)
    managed.observed.health = after
    if (after.health !== before.health || after.reason !== before.reason) this.timeline.noteHealth(managed, before)
    this.host.observed(managed)
    if (starting && failure === null) this.host.submit(managed, { kind: 'ready', run })
    else if (tracked.state.status === 'running' && after.health === 'unhealthy' && definition.restartUnhealthy) {
      const reason = `unhealthy: ${after.reason}`
      this.host.submit(managed, { kind: 'violated', run, reason, error: { code: 'UNHEALTHY', message: reason } })
    }
  }

  /** Why the run does not serve it; null = it does. */
  private async checkSocket(managed: Managed, socket: OpenSocket): Promise<string | null> {
    const run = runOf(managed)
    if (run === null) return null
    const serving = await this.instances.serving(managed, run, socket)
    const heldBy = 'pid' in serving ? serving.pid : null
    const view = managed.observed.ports.find(({ port }) => port === socket.port)
    if (view) Object.assign(view, { open: heldBy !== null, heldBy, latencyMs: null, checkedAt: iso(this.world.clock.wall()) })
    return 'why' in serving ? serving.why : null
  }

  private async checkPorts(followed: Followed): Promise<{ failure: string | null; certain: boolean; results: CheckResult[] }> {
    const results: CheckResult[] = []
    const { managed } = followed
    const evidence = evidenceOf(managed)
    let failure: string | null = null
    let certain = false
    let stranger: number | null = null
    const { definition } = managed.record
    const shared = definition.sockets.length === 0 ? [] : (this.sockets.of(socketsNameOf(definition))?.sockets ?? [])
    for (const socket of shared) {
      const why = await this.checkSocket(managed, socket)
      results.push({ check: `socket ${addressOf(socket)}`, why, latencyMs: null })
      failure ??= why
    }
    const own = managed.observed.ports.filter((view) => !shared.some(({ port }) => port === view.port))
    await Promise.all(
      own.map(async (view) => {
        const sockets = this.followed.size < MANY ? '' : this.listening.socketsOf(view.port)
        const check = await this.world.prober.tcp(view.port, managed.record.definition.healthTimeoutMs)
        let why: string | null = null
        if (check.open) followed.accepted.set(view.port, { sockets, atMono: this.world.clock.mono() })
        else followed.accepted.delete(view.port)
        const opened = check.open && (view.open !== true || view.heldBy === null)
        view.open = check.open
        view.latencyMs = check.latencyMs
        view.checkedAt = iso(this.world.clock.wall())
        if (!check.open) {
          view.heldBy = null
          why = `port ${view.port} is closed`
          failure ??= why
        } else if (opened && evidence !== null) {
          const owner = await this.owners.find(view.port, evidence)
          view.heldBy = owner?.pid ?? null
          if (owner !== null && !owner.ours) {
            stranger = owner.pid
            certain = true
            why = `port ${view.port} is held by pid ${owner.pid} (${this.world.table.commandLine(owner.pid).join(' ').slice(0, 60) || 'unknown'}), not by this process`
            failure = why
          }
        } else if (managed.observed.orphanedPid !== null && view.heldBy === managed.observed.orphanedPid) {
          stranger = view.heldBy
          certain = true
          why = managed.observed.health.reason ?? `port ${view.port} is held by pid ${view.heldBy}`
          failure = why
          // Ask again next time: the stranger may be gone.
          view.heldBy = null
        }
        results.push({ check: portCheck(view.port), why, latencyMs: check.latencyMs })
      }),
    )
    managed.observed.orphanedPid = stranger
    return { failure, certain, results }
  }
}

function runOf(managed: Managed): { id: string; live: LiveRun } | null {
  const { state } = managed.record.tracked
  return 'run' in state && state.live !== null ? { id: state.run.id, live: state.live } : null
}
