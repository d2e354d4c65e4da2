/** orphans: live processes that no process of ptrack owns. */
import type { Reply } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'

export const orphans = async (supervisor: Supervisor): Promise<Reply<'orphans'>> => supervisor.orphans.list()
