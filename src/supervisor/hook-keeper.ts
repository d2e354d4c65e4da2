/** Which hooks fire: each trigger once per run, and the end of a run only once it is on disk, so that none fires twice. */
import type { Event } from '../core/events.ts'
import { exitCodeOf, signalOf } from '../core/exit-meaning.ts'
import { isOver, isRetried, OncePerRun, overrunAfterMs, triggerOfEnd } from '../core/hook-triggers.ts'
import { iso } from '../core/iso.ts'
import type { Lifecycle } from '../core/state.ts'
import type { PastRun } from '../core/world.ts'
import { formatDuration, formatSize } from '../protocol/duration.ts'
import { PtrackError } from '../protocol/errors.ts'
import type { PtrackEvent } from '../protocol/events.ts'
import { parseTriggers, type Trigger, type TriggerWord } from '../protocol/hooks.ts'
import { isEnded } from '../protocol/names.ts'
import type { HookSpec } from '../protocol/settings.ts'
import type { Companion } from './companion.ts'
import { HookDeliveries } from './hook-deliveries.ts'
import type { Host } from './host.ts'
import { liveRunOf, type Managed, nameOf } from './registry.ts'
import { Wheel } from './wheel.ts'

interface Armed {
  key: string
  action: string
  triggers: readonly Trigger[]
}

export class HookKeeper implements Companion {
  readonly deliveries: HookDeliveries
  private readonly host: Host
  private readonly wheel: Wheel
  private readonly once = new Map<string, OncePerRun>()
  private readonly parsed = new WeakMap<HookSpec, readonly Trigger[]>()

  constructor(host: Host) {
    this.host = host
    this.deliveries = new HookDeliveries(host.world)
    this.wheel = new Wheel(host.world.clock)
    host.events.onEvent((event) => this.onEvent(event))
  }

  /** After the boot: runs of an earlier daemon are watched for an overrun too. */
  start(): void {
    for (const managed of this.host.registry.all()) this.watchOverrun(managed)
  }

  stepped(managed: Managed, before: Lifecycle, _event: Event): void {
    if (!this.concerns(managed)) return
    const { state, runNumber } = managed.record.tracked
    const end = triggerOfEnd(before.state.status, state.status)
    if (end !== null) this.fire(managed, end, { saved: true })
    if (runNumber !== before.runNumber || 'live' in state !== 'live' in before.state || state.status !== before.state.status)
      this.watchOverrun(managed)
  }

  runEnded(managed: Managed, past: PastRun): void {
    if (this.concerns(managed) && isRetried(past.outcome, managed.record.tracked.state.status))
      this.fire(managed, 'retrying', { run: past.ref.number, saved: true })
  }

  observed(managed: Managed): void {
    if (!this.concerns(managed)) return
    const { tracked } = managed.record
    if (!('run' in tracked.state)) return
    for (const hook of this.hooksOf(managed))
      for (const trigger of hook.triggers) {
        if (!('over' in trigger)) continue
        const over = isOver(trigger, managed.observed)
        if (over === false) this.once.get(managed.record.id)?.again(`${hook.key} ${trigger.text}`)
        else if (over) this.send(managed, hook, trigger.text, tracked.runNumber, this.figures(managed))
      }
  }

  removed(managed: Managed): void {
    this.once.delete(managed.record.id)
    this.wheel.unschedule(managed.record.id)
    managed.record.definition.hooks.forEach((_, n) => {
      this.deliveries.forget(keyOf(managed, n))
    })
  }

  close(): void {
    this.wheel.close()
    this.deliveries.close()
  }

  /** What other parts of the daemon observe; steps come through `stepped`. */
  private onEvent(event: PtrackEvent): void {
    switch (event.type) {
      case 'statusChange':
        if (event.from === event.to && event.health === 'unhealthy') this.fireFor(event.id, 'unhealthy', event.reason)
        return
      case 'crashLoop':
        if (event.on) this.fireFor(event.id, 'crash-loop', `${event.failures} failures in ${formatDuration(event.windowMs)}`)
        return
      case 'stalled':
        if (event.on) this.fireFor(event.id, 'stalled', `it told nothing for ${formatDuration(event.sinceMs)}`)
        return
      case 'orphanFound':
        this.orphan(event)
        return
    }
  }

  private fireFor(id: string | null, word: TriggerWord, detail: string | null): void {
    const managed = id === null ? undefined : this.host.registry.get(id)
    if (managed !== undefined && this.concerns(managed)) this.fire(managed, word, { detail })
  }

  /** An orphan without a known process concerns only the hooks of the settings. */
  private orphan(event: Extract<PtrackEvent, { type: 'orphanFound' }>): void {
    const managed = event.id === null ? undefined : this.host.registry.get(event.id)
    const detail = `pid ${event.pid} (${event.kind}): ${event.command}; ${event.evidence}`
    const facts = { pid: event.pid, orphanKind: event.kind, command: event.command }
    for (const hook of managed === undefined ? this.globalHooks() : this.hooksOf(managed)) {
      if (!hasWord(hook, 'orphan')) continue
      if (managed !== undefined && !this.firstOf(managed, managed.record.tracked.runNumber, `${hook.key} orphan ${event.pid}`))
        continue
      const about =
        managed === undefined ? { event: 'orphan', at: event.at, name: event.process } : this.eventOf(managed, 'orphan', detail)
      this.deliveries.send({
        hook: hook.key,
        action: hook.action,
        event: { ...about, ...facts, text: `ptrack: orphan of ${event.process ?? 'an unknown process'}: ${detail}` },
      })
    }
  }

  private fire(
    managed: Managed,
    word: TriggerWord,
    {
      run = managed.record.tracked.runNumber,
      detail = null,
      saved = false,
    }: { run?: number; detail?: string | null; saved?: boolean },
  ): void {
    const hooks = this.hooksOf(managed).filter((hook) => hasWord(hook, word))
    if (hooks.length === 0) return
    // As it is now, whatever it is when the disk has it.
    const event = { ...this.eventOf(managed, word, detail), run }
    const send = (): void => {
      for (const hook of hooks)
        if (this.firstOf(managed, run, `${hook.key} ${word}`))
          this.deliveries.send({ hook: hook.key, action: hook.action, event })
    }
    if (!saved) return send()
    // Sent even if the disk refuses.
    this.host.world.store.flush().then(send, send)
  }

  private send(managed: Managed, hook: Armed, trigger: string, run: number, detail: string): void {
    if (this.firstOf(managed, run, `${hook.key} ${trigger}`))
      this.deliveries.send({ hook: hook.key, action: hook.action, event: this.eventOf(managed, trigger, detail) })
  }

  private firstOf(managed: Managed, run: number, key: string): boolean {
    if (managed.removed) return true
    const { id } = managed.record
    const once = this.once.get(id) ?? new OncePerRun()
    this.once.set(id, once)
    return once.first(run, key)
  }

  /** One timer for each live run with an overrun hook. */
  private watchOverrun(managed: Managed): void {
    const { record } = managed
    const { state } = record.tracked
    this.wheel.unschedule(record.id)
    const live = liveRunOf(managed)
    if (record.definition.kind === 'service' || live === null || state.status === 'paused' || state.status === 'completing')
      return
    if (!this.hooksOf(managed).some((hook) => hasWord(hook, 'overrun'))) return
    const afterMs = overrunAfterMs(record.runs)
    if (afterMs === null) return
    const ranMs = this.host.world.clock.mono() - live.startedMono - live.pausedMs
    const detail = `it has run longer than ${formatDuration(afterMs)}, the p95 of its earlier runs`
    this.wheel.schedule(record.id, Math.max(0, afterMs - ranMs), () => this.fire(managed, 'overrun', { detail }))
  }

  private eventOf(managed: Managed, event: string, detail: string | null): Record<string, unknown> {
    const { record } = managed
    const { definition, tracked } = record
    const { status } = tracked.state
    const reason = detail ?? tracked.reason ?? tracked.error?.message ?? null
    const endedMs = isEnded(status) ? record.endedAtMs : null
    return {
      event,
      at: iso(this.host.world.clock.wall()),
      id: record.id,
      name: definition.name,
      kind: definition.kind,
      type: definition.type,
      owner: record.owner,
      tags: definition.tags,
      status,
      reason,
      run: tracked.runNumber,
      exitCode: exitCodeOf(record.lastExit),
      signal: signalOf(record.lastExit),
      durationMs:
        record.startedAtMs === null ? null : Math.max(0, (endedMs ?? this.host.world.clock.wall()) - record.startedAtMs),
      // Chat services show the field of this name.
      text: `ptrack: ${definition.name} ${event}${reason === null ? '' : `: ${reason}`} (run ${tracked.runNumber})`,
    }
  }

  private figures({ observed: { cpuPercent, memoryBytes } }: Managed): string {
    return `it uses ${cpuPercent ?? '?'} % CPU and ${memoryBytes === null ? '?' : formatSize(memoryBytes)} of memory`
  }

  /** Most daemons have no hook: every step asks this first. */
  private concerns(managed: Managed): boolean {
    return managed.record.definition.hooks.length > 0 || this.host.settings.now.hooks.length > 0
  }

  private hooksOf(managed: Managed): Armed[] {
    const own = managed.record.definition.hooks
    return [...this.globalHooks(), ...own.map((spec, n) => this.armed(keyOf(managed, n), spec))]
  }

  private globalHooks(): Armed[] {
    return this.host.settings.now.hooks.map((spec) => this.armed(spec.id, spec))
  }

  private armed(key: string, spec: HookSpec): Armed {
    let triggers = this.parsed.get(spec)
    if (triggers === undefined) {
      triggers = this.parse(key, spec)
      this.parsed.set(spec, triggers)
    }
    return { key, action: spec.run, triggers }
  }

  /** Checked when they were defined; a later version may have dropped a word. */
  private parse(key: string, { on }: HookSpec): readonly Trigger[] {
    try {
      return parseTriggers(on)
    } catch (error) {
      if (!(error instanceof PtrackError)) throw error
      this.host.world.log.warn('Hooks', `hook ${key} never fires: ${error.message}`)
      return []
    }
  }
}

const hasWord = ({ triggers }: Armed, word: TriggerWord): boolean =>
  triggers.some((trigger) => 'word' in trigger && trigger.word === word)

export const keyOf = (managed: Managed, n: number): string => `${nameOf(managed)}#${n}`
