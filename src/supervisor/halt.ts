/** `daemon stop --kill-children` lasts: later daemons start none of it until a person does, or a boot. Saved before the end. */
import { inStartOrder } from '../core/dependencies.ts'
import type { Admission } from './admission.ts'
import type { Host } from './host.ts'
import type { Orchestrator } from './orchestrator.ts'
import { dependingOf, type Managed, nameOf } from './registry.ts'

/** Ended, or being ended, for the daemon's own reasons: nothing else is stopped and wanted up. */
export function endedForTheDaemon({ record: { tracked } }: Managed): boolean {
  const { state, wanted } = tracked
  const following =
    state.status === 'completing' && 'afterwards' in state && state.afterwards.go === 'end' ? state.afterwards : state
  return wanted === 'up' && 'status' in following && following.status === 'stopped'
}

export class Halt {
  private readonly host: Host
  private readonly admission: Pick<Admission, 'releaseAll'>
  private readonly orchestrator: Pick<Orchestrator, 'rearm'>

  constructor(host: Host, admission: Pick<Admission, 'releaseAll'>, orchestrator: Pick<Orchestrator, 'rearm'>) {
    this.host = host
    this.admission = admission
    this.orchestrator = orchestrator
  }

  get on(): boolean {
    return this.host.settings.now.halted === true
  }

  begin(): Promise<void> {
    return this.save(true)
  }

  /** Only forgets the halt; the caller starts what is to run. */
  async forget(): Promise<void> {
    if (this.on) await this.save(false)
  }

  private save(halted: boolean): Promise<void> {
    // A full disk must keep nothing alive, and nothing down: the store reports it and retries.
    return this.host.settings.change({ halted }).catch(() => undefined)
  }

  /** Starts all that was halted, dependencies first; answers the names. */
  async lift(): Promise<{ started: string[] }> {
    if (!this.on) return { started: [] }
    await this.forget()
    const all = inStartOrder([...this.host.registry.all()].map((managed) => ({ managed, ...dependingOf(managed.record) })))
    const halted = all.map(({ managed }) => managed).filter(endedForTheDaemon)
    for (const managed of halted) this.host.submit(managed, { kind: 'startRequested' })
    for (const { managed } of all) if (managed.record.tracked.state.status === 'retrying') this.orchestrator.rearm(managed)
    this.admission.releaseAll()
    return { started: halted.map(nameOf) }
  }
}
