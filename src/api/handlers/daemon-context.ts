/** What the handlers stand on: one Orchestrator, and what only the composition root knows of the daemon itself. */
import type { HttpAddress } from '../../protocol/daemon-info.ts'
import type { BootReport } from '../../supervisor/boot.ts'
import type { Garbage } from '../../supervisor/garbage.ts'
import type { HookKeeper } from '../../supervisor/hook-keeper.ts'
import type { Orchestrator } from '../../supervisor/orchestrator.ts'
import type { OrphanKeeper } from '../../supervisor/orphan-keeper.ts'
import type { TokenKeeper } from '../../supervisor/token-keeper.ts'
import type { WebLogins } from '../../supervisor/web-logins.ts'

export interface DaemonContext {
  orchestrator: Orchestrator
  orphans: OrphanKeeper
  garbage: Garbage
  hooks: HookKeeper
  tokens: TokenKeeper
  logins: WebLogins
  boot: BootReport
  startedAtMs: number
  /** Connected clients. */
  clients(): number
  /** Where TCP is listened to. */
  http(): HttpAddress | null
  /** Ends the daemon after the present reply has been sent; children live on unless they were ended before. */
  shutDown(reason: string): void
}
