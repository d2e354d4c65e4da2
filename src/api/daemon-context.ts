/** What handlers depend on: the supervisor, and facts of the daemon that only the composition root knows. */
import type { HttpAddress } from '../protocol/daemon-info.ts'
import type { Params, Reply } from '../protocol/requests.ts'
import type { BootReport } from '../supervisor/boot.ts'
import type { Supervisor } from '../supervisor/create-supervisor.ts'
import type { Handlers, RequestContext } from './contract.ts'

export interface DaemonContext {
  supervisor: Supervisor
  boot: BootReport
  startedAtMs: number
  clients(): number
  http(): HttpAddress | null
  /** Ends the daemon after the present reply has been sent; children live on unless they were ended before. */
  shutDown(reason: string): void
}

/** Unpacks the parameters, calls the operation, packs the answer; decides nothing. */
export type Handler<M extends keyof Handlers> = (
  daemon: DaemonContext,
  params: Params<M>,
  request: RequestContext,
) => Promise<Reply<M>>
