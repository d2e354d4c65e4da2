/** kill-orphan: ends orphans on request. */
import type { Params, Reply } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'

/** Only the identity that was shown to the caller; it is read again before each signal. */
export const killOrphan = ({ orphans }: Supervisor, params: Params<'kill-orphan'>): Promise<Reply<'kill-orphan'>> =>
  orphans.kill(params)
