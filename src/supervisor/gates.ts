/** The gate of an instance: its preload accepts nothing until the daemon says so, which is when the instance is healthy. */
import type { Companion } from './companion.ts'
import type { Host } from './host.ts'
import type { Instances } from './instances.ts'
import type { Managed } from './registry.ts'

/** A program that begins to listen late, or no Node program at all: asked less and less often. */
const FIRST_RETRY_MS = 20
const LONGEST_RETRY_MS = 3000

export class Gates implements Companion {
  private readonly host: Pick<Host, 'world'>
  private readonly instances: Pick<Instances, 'openGate' | 'isControlled'>
  private readonly opened = new Set<string>()
  private readonly retries = new Map<string, () => void>()

  constructor(host: Pick<Host, 'world'>, instances: Pick<Instances, 'openGate' | 'isControlled'>) {
    this.host = host
    this.instances = instances
  }

  /** Whatever runs may serve: also a run of which an earlier daemon did not come to say so. */
  stepped(managed: Managed): void {
    const { definition, tracked } = managed.record
    if (definition.sockets.length === 0 || !definition.preload) return
    const { state } = tracked
    if (state.status === 'running' && 'run' in state && !this.opened.has(state.run.id) && !this.retries.has(state.run.id))
      this.open(managed, state.run.id)
  }

  runEnded(_managed: Managed, { ref }: { ref: { id: string } }): void {
    this.forget(ref.id)
  }

  open(managed: Managed, runId: string): void {
    void this.attempt(managed, runId, FIRST_RETRY_MS)
  }

  forget(runId: string): void {
    this.opened.delete(runId)
    this.retries.get(runId)?.()
    this.retries.delete(runId)
  }

  close(): void {
    for (const cancel of this.retries.values()) cancel()
  }

  private async attempt(managed: Managed, runId: string, retryMs: number): Promise<void> {
    this.retries.delete(runId)
    const { state } = managed.record.tracked
    if (managed.removed || !('run' in state) || state.run.id !== runId) return
    if (this.instances.isControlled(managed, runId) && (await this.instances.openGate(managed, runId))) {
      this.opened.add(runId)
      return
    }
    const next = Math.min(LONGEST_RETRY_MS, retryMs * 2)
    this.retries.set(
      runId,
      this.host.world.clock.wakeAfter(retryMs, () => void this.attempt(managed, runId, next)),
    )
  }
}
