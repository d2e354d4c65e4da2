/** Finds orphans and ends them on request; core/orphans.ts classifies for both. Identity is read again before each signal. */
import { iso } from '../core/iso.ts'
import { findOrphans, liveMembers, type Orphan, type OrphanContext } from '../core/orphans.ts'
import { type Identity, sameIdentity } from '../core/state.ts'
import { ancestorsOf, closure, identityOfRow, type TableIndex } from '../core/tree.ts'
import type { World } from '../core/world.ts'
import { PtrackError } from '../protocol/errors.ts'
import type { Params } from '../protocol/requests.ts'
import { portsOf } from '../protocol/sockets.ts'
import type { KillResult, OrphanView } from '../protocol/view.ts'
import { endIdentities } from './end-identities.ts'
import type { Host } from './host.ts'
import { allRunsOf, nameOf } from './registry.ts'
import type { Trees } from './trees.ts'

type KillWishes = Params<'kill-orphan'>

const token = (identity: Identity): string => `${identity.pid}:${identity.startTicks}:${identity.bootId}`

function parseToken(text: string): Identity | null {
  const match = /^(\d{1,10}):(\d{1,15}):([\w-]{1,64})$/.exec(text)
  return match ? { pid: Number(match[1]), startTicks: Number(match[2]), bootId: match[3]! } : null
}

export class OrphanKeeper {
  private readonly world: World
  private readonly host: Host
  private readonly trees: Pick<Trees, 'index'>
  /** Published as found already; an orphan is one event, however often it is listed. */
  private readonly published = new Set<string>()

  constructor(host: Host, trees: Pick<Trees, 'index'>) {
    this.host = host
    this.trees = trees
    this.world = host.world
  }

  find(index: TableIndex = this.trees.index()): Orphan[] {
    const { table } = this.world
    const context = this.context()
    const listeners = table.listeners()
    const declared = new Set(context.processes.flatMap((process) => process.ports))
    const orphans = findOrphans(index, context)
    // Traces only the sockets that can matter to their holders: declared ports, and those of the orphans themselves.
    const held = table.holders(
      new Set(listeners.map((listener) => listener.inode)),
      orphans.map((orphan) => orphan.identity.pid),
    )
    const strangers = new Set(
      listeners.filter((listener) => declared.has(listener.port) && !held.has(listener.inode)).map((listener) => listener.inode),
    )
    if (strangers.size > 0) for (const [inode, pid] of table.holders(strangers, null)) held.set(inode, pid)
    const found = held.size === 0 ? orphans : findOrphans(index, { ...context, listeners, holders: held })
    for (const orphan of found) this.publish(orphan)
    return found
  }

  /** Leftovers of ended runs of these processes, by name; none that only their own pid may end. */
  leftBehind(names: ReadonlySet<string>): Map<string, Identity[]> {
    const left = new Map<string, Identity[]>()
    for (const { process, kind, endableUnasked, identity } of findOrphans(this.trees.index(), this.context()))
      if (process !== null && names.has(process) && endableUnasked && kind !== 'squatter')
        left.set(process, [...(left.get(process) ?? []), identity])
    return left
  }

  /** Without sockets: finding their holders costs more than all the rest. */
  private context(): OrphanContext {
    const processes = [...this.host.registry.all()].map((managed) => ({
      id: managed.record.id,
      name: nameOf(managed),
      live: allRunsOf(managed),
      past: managed.record.runs,
      ports: portsOf(managed.record.definition),
    }))
    const { home, daemonPid, table } = this.world
    const open = Object.values(this.host.settings.now.sockets ?? {})
    const socketHolders = open.flatMap(({ holders }) => holders.map(({ pid }) => pid))
    return { home, daemonPid, socketHolders, processes, listeners: [], holders: new Map(), startedAtMs: table.startedAtMs }
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
    const unknown = wishes.targets?.find((target) => !/^\d+$/.test(target) && !this.host.registry.named(target))
    if (unknown !== undefined)
      throw new PtrackError('NOT_FOUND', `cannot kill orphans of ${unknown}: there is no such process`, {
        hint: '`ptrack orphans` lists them with their pids',
      })
    const index = this.trees.index()
    const orphans = this.find(index)
    const untouchable = ancestorsOf(index, wishes.callerPid ?? this.world.daemonPid)
    const spared = new Set([...untouchable, ...liveMembers(index, this.context())])
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
    const ended = await Promise.all([...chosen.values()].map((orphan) => this.end(orphan, index, spared, wishes)))
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

  /** The orphan and its descendants, except `spared` (with a live run, or the caller): SIGTERM, grace period, SIGKILL. */
  private async end(orphan: Orphan, index: TableIndex, spared: ReadonlySet<number>, wishes: KillWishes): Promise<KillResult> {
    const { clock } = this.world
    const startMono = clock.mono()
    const result = (result: KillResult['result'], signal: string | null, reason: string | null): KillResult => ({
      pid: orphan.identity.pid,
      result,
      signal,
      tookMs: Math.round(clock.mono() - startMono),
      reason,
    })
    if (wishes.dryRun) return { ...result('alive', null, `would be ended (${orphan.kind}: ${orphan.evidence})`), dryRun: true }
    const row = index.byPid.get(orphan.identity.pid)
    const below = (row ? closure(index, [row]) : []).filter(({ pid }) => pid !== orphan.identity.pid && !spared.has(pid))
    const identities = below.map((each) => identityOfRow(each, index.bootId))
    const { first, forced, alive } = await endIdentities(this.world, [orphan.identity, ...identities], 'SIGTERM', wishes.graceMs)
    if (first === 'denied') return result('refused', null, 'it belongs to another user')
    if (alive.length > 0) {
      const pids = alive.map(({ pid }) => pid).join(', ')
      return this.report(orphan, result('alive', 'SIGKILL', `pid ${pids} survived SIGKILL; it is stuck in the kernel`))
    }
    if (forced.length === 0)
      return this.report(orphan, first === 'gone' ? result('already-gone', null, null) : result('terminated', 'SIGTERM', null))
    if (forced.some((identity) => sameIdentity(identity, orphan.identity)))
      return this.report(orphan, result('killed', 'SIGKILL', null))
    return this.report(orphan, result('terminated', 'SIGTERM', 'what it had started needed SIGKILL'))
  }

  private report(orphan: Orphan, result: KillResult): KillResult {
    this.host.events.publish('orphanKilled', this.subjectOf(orphan), {
      pid: result.pid,
      result: result.result,
      signal: result.signal,
    })
    this.world.log.info('Orchestrator', `orphan ${result.pid} (${orphan.kind}): ${result.result}`)
    return result
  }

  private publish(orphan: Orphan): void {
    const key = token(orphan.identity)
    if (this.published.has(key)) return
    this.published.add(key)
    this.host.events.publish('orphanFound', this.subjectOf(orphan), {
      pid: orphan.identity.pid,
      kind: orphan.kind,
      command: this.commandOf(orphan.identity),
      evidence: orphan.evidence,
    })
  }

  private subjectOf(orphan: Orphan): { name: string; id: string } | null {
    const managed = orphan.process === null ? undefined : this.host.registry.named(orphan.process)
    return managed ? { name: nameOf(managed), id: managed.record.id } : null
  }

  private commandOf(identity: Identity): string {
    return this.world.table.commandLine(identity.pid).join(' ').slice(0, 500)
  }
}
