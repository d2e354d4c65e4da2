/** orphans: what lives without a process that owns it. */
import type { Reply } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'

export const orphans = async (supervisor: Supervisor): Promise<Reply<'orphans'>> => supervisor.orphans.list()
