/** What the handlers stand on: one Orchestrator, and what only the composition root knows of the daemon itself. */
import type { BootReport } from '../../supervisor/boot.ts'
import type { HookKeeper } from '../../supervisor/hook-keeper.ts'
import type { Orchestrator } from '../../supervisor/orchestrator.ts'
import type { OrphanKeeper } from '../../supervisor/orphan-keeper.ts'

export interface DaemonContext {
  orchestrator: Orchestrator
  orphans: OrphanKeeper
  hooks: HookKeeper
  boot: BootReport
  startedAtMs: number
  /** Connected clients. */
  clients(): number
  /** Ends the daemon after the present reply has been sent; children live on unless they were ended before. */
  shutDown(reason: string): void
}
