/** Finds orphans and ends them on request. Listing and killing share core/orphans.ts; identity is read again before each signal. */
import { iso } from '../core/iso.ts'
import { findOrphans, type Orphan } from '../core/orphans.ts'
import type { Identity } from '../core/state.ts'
import { ancestorsOf, closure, identityOfRow, type TableIndex } from '../core/tree.ts'
import type { World } from '../core/world.ts'
import { PtrackError } from '../protocol/errors.ts'
import type { KillResult, OrphanView } from '../protocol/view.ts'
import type { Orchestrator } from './orchestrator.ts'
import { evidenceOf, nameOf } from './registry.ts'

const POLL_MS = 25
/** After SIGKILL; then it is told as alive. */
const KILL_WAIT_MS = 2000

export interface KillWishes {
  identities: readonly string[] | undefined
  targets: readonly string[] | undefined
  all: boolean
  graceMs: number
  dryRun: boolean
  callerPid: number | undefined
}

const token = (identity: Identity): string => `${identity.pid}:${identity.startTicks}:${identity.bootId}`

function parseToken(text: string): Identity | null {
  const match = /^(\d{1,10}):(\d{1,15}):([\w-]{1,64})$/.exec(text)
  return match ? { pid: Number(match[1]), startTicks: Number(match[2]), bootId: match[3]! } : null
}

export class OrphanKeeper {
  private readonly world: World
  private readonly orchestrator: Orchestrator
  /** Told as found already; an orphan is one event, however often it is listed. */
  private readonly told = new Set<string>()

  constructor(orchestrator: Orchestrator) {
    this.orchestrator = orchestrator
    this.world = orchestrator.world
  }

  find(index: TableIndex = this.orchestrator.index()): Orphan[] {
    const { registry } = this.orchestrator
    const { table } = this.world
    const processes = [...registry.all()].map((managed) => ({
      id: managed.record.id,
      name: nameOf(managed),
      live: evidenceOf(managed),
      past: managed.record.runs,
      ports: managed.record.definition.ports,
    }))
    const listeners = table.listeners()
    const declared = new Set(processes.flatMap((process) => process.ports))
    const orphans = findOrphans(index, {
      home: this.world.home,
      daemonPid: this.world.daemonPid,
      processes,
      listeners: [],
      holders: new Map(),
      startedAtMs: table.startedAtMs,
    })
    // Only the sockets that can matter are traced to their holders: declared ports by anyone, others by the orphans themselves.
    const held = table.holders(
      new Set(listeners.map((listener) => listener.inode)),
      orphans.map((orphan) => orphan.identity.pid),
    )
    const strangers = new Set(
      listeners.filter((listener) => declared.has(listener.port) && !held.has(listener.inode)).map((listener) => listener.inode),
    )
    if (strangers.size > 0) for (const [inode, pid] of table.holders(strangers, null)) held.set(inode, pid)
    const found =
      held.size === 0
        ? orphans
        : findOrphans(index, {
            home: this.world.home,
            daemonPid: this.world.daemonPid,
            processes,
            listeners,
            holders: held,
            startedAtMs: table.startedAtMs,
          })
    for (const orphan of found) this.tell(orphan)
    return found
  }

  list(): OrphanView[] {
    return this.find().map((orphan) => {
      const startTime = iso(this.world.table.startedAtMs(orphan.identity))
      return {
        pid: orphan.identity.pid,
        startTime,
        kind: orphan.kind,
        process: orphan.process,
        command: this.commandOf(orphan.identity),
        ports: orphan.ports,
        since: startTime,
        evidence: orphan.evidence,
        identity: token(orphan.identity),
      }
    })
  }

  async kill(wishes: KillWishes): Promise<KillResult[]> {
    const unknown = wishes.targets?.find((target) => !/^\d+$/.test(target) && !this.orchestrator.registry.named(target))
    if (unknown !== undefined)
      throw new PtrackError('NOT_FOUND', `cannot kill orphans of ${unknown}: there is no such process`, {
        hint: '`ptrack orphans` lists them with their pids',
      })
    const index = this.orchestrator.index()
    const orphans = this.find(index)
    const untouchable = ancestorsOf(index, wishes.callerPid ?? this.world.daemonPid)
    const chosen = new Map<string, Orphan>()
    const results: KillResult[] = []
    const refuse = (pid: number, reason: string) => results.push({ pid, result: 'refused', signal: null, tookMs: 0, reason })
    const choose = (orphan: Orphan) => {
      if (untouchable.has(orphan.identity.pid)) refuse(orphan.identity.pid, 'it is the caller or one of its ancestors')
      else chosen.set(token(orphan.identity), orphan)
    }
    for (const orphan of orphans) {
      const named = wishes.targets?.includes(orphan.process ?? '') ?? false
      if ((wishes.all || named) && orphan.endableUnasked) choose(orphan)
    }
    for (const text of wishes.identities ?? []) this.chooseIdentity(text, orphans, choose, results)
    for (const target of wishes.targets ?? []) if (/^\d+$/.test(target)) this.choosePid(Number(target), orphans, choose, results)
    const ended = await Promise.all([...chosen.values()].map((orphan) => this.end(orphan, index, untouchable, wishes)))
    return [...results, ...ended].sort((a, b) => a.pid - b.pid)
  }

  private chooseIdentity(
    text: string,
    orphans: readonly Orphan[],
    choose: (orphan: Orphan) => void,
    results: KillResult[],
  ): void {
    const identity = parseToken(text)
    const orphan = orphans.find((each) => token(each.identity) === text)
    if (orphan) choose(orphan)
    else if (identity === null)
      results.push({
        pid: 0,
        result: 'refused',
        signal: null,
        tookMs: 0,
        reason: `'${text}' is no identity; \`ptrack orphans --json\` tells them`,
      })
    else if (!this.world.table.alive(identity))
      results.push({ pid: identity.pid, result: 'already-gone', signal: null, tookMs: 0, reason: null })
    else results.push({ pid: identity.pid, result: 'refused', signal: null, tookMs: 0, reason: 'it is no orphan of this home' })
  }

  private choosePid(pid: number, orphans: readonly Orphan[], choose: (orphan: Orphan) => void, results: KillResult[]): void {
    const orphan = orphans.find((each) => each.identity.pid === pid)
    if (orphan) choose(orphan)
    else if (pid <= 1 || pid === this.world.daemonPid || this.world.table.identityOf(pid) !== null)
      results.push({
        pid,
        result: 'refused',
        signal: null,
        tookMs: 0,
        reason: pid === this.world.daemonPid ? 'it is the daemon' : 'it is no orphan of this home',
      })
    else results.push({ pid, result: 'already-gone', signal: null, tookMs: 0, reason: 'there is no such process' })
  }

  /** The orphan and all below it that is nobody else's: SIGTERM, patience, SIGKILL. */
  private async end(
    orphan: Orphan,
    index: TableIndex,
    untouchable: ReadonlySet<number>,
    wishes: KillWishes,
  ): Promise<KillResult> {
    const { clock, signaller, table } = this.world
    const startMono = clock.mono()
    const result = (result: KillResult['result'], signal: string | null, reason: string | null): KillResult => ({
      pid: orphan.identity.pid,
      result,
      signal,
      tookMs: Math.round(clock.mono() - startMono),
      reason,
    })
    if (wishes.dryRun) return result('alive', null, `dry run: would be ended (${orphan.kind}: ${orphan.evidence})`)
    const row = index.byPid.get(orphan.identity.pid)
    const subtree = (row ? closure(index, [row]) : []).filter(
      (each) => !untouchable.has(each.pid) && each.pid !== this.world.daemonPid && this.isFree(each.pid, index),
    )
    const identities = [
      orphan.identity,
      ...subtree.map((each) => identityOfRow(each, index.bootId)).filter((identity) => identity.pid !== orphan.identity.pid),
    ]
    const first = signaller.signal(orphan.identity, 'SIGTERM')
    if (first === 'denied') return result('refused', null, 'it belongs to another user')
    for (const identity of identities.slice(1)) signaller.signal(identity, 'SIGTERM')
    const living = () => identities.filter((identity) => table.alive(identity))
    const gone = await this.waitUntil(() => living().length === 0, wishes.graceMs)
    if (gone)
      return this.report(orphan, first === 'gone' ? result('already-gone', null, null) : result('terminated', 'SIGTERM', null))
    const forced = !table.alive(orphan.identity)
    for (const identity of living()) signaller.signal(identity, 'SIGKILL')
    const dead = await this.waitUntil(() => living().length === 0, KILL_WAIT_MS)
    if (!dead)
      return this.report(
        orphan,
        result(
          'alive',
          'SIGKILL',
          `pid ${living()
            .map((identity) => identity.pid)
            .join(', ')} survived SIGKILL; it is stuck in the kernel`,
        ),
      )
    return this.report(
      orphan,
      forced ? result('terminated', 'SIGTERM', 'what it had started needed SIGKILL') : result('killed', 'SIGKILL', null),
    )
  }

  /** Not part of any live run of ours. */
  private isFree(pid: number, index: TableIndex): boolean {
    for (const managed of this.orchestrator.registry.all())
      if (this.orchestrator.members(managed, index).some((row) => row.pid === pid)) return false
    return true
  }

  private report(orphan: Orphan, result: KillResult): KillResult {
    this.orchestrator.events.publish('orphanKilled', this.subjectOf(orphan), {
      pid: result.pid,
      result: result.result,
      signal: result.signal,
    })
    this.world.log.info('Orchestrator', `orphan ${result.pid} (${orphan.kind}): ${result.result}`)
    return result
  }

  private tell(orphan: Orphan): void {
    const key = token(orphan.identity)
    if (this.told.has(key)) return
    this.told.add(key)
    this.orchestrator.events.publish('orphanFound', this.subjectOf(orphan), {
      pid: orphan.identity.pid,
      kind: orphan.kind,
      command: this.commandOf(orphan.identity),
      evidence: orphan.evidence,
    })
  }

  private subjectOf(orphan: Orphan): { name: string; id: string } | null {
    const managed = orphan.process === null ? undefined : this.orchestrator.registry.named(orphan.process)
    return managed ? { name: nameOf(managed), id: managed.record.id } : null
  }

  private commandOf(identity: Identity): string {
    return this.world.table.commandLine(identity.pid).join(' ').slice(0, 500)
  }

  private waitUntil(condition: () => boolean, limitMs: number): Promise<boolean> {
    const untilMono = this.world.clock.mono() + limitMs
    return new Promise((resolve) => {
      const look = () => {
        if (condition()) resolve(true)
        else if (this.world.clock.mono() >= untilMono) resolve(false)
        else this.world.clock.wakeAfter(POLL_MS, look)
      }
      look()
    })
  }
}
