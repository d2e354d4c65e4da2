/** gc: removes what no process owns. */
import type { Params, Reply } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'

export const gc = ({ garbage }: Supervisor, params: Params<'gc'>): Promise<Reply<'gc'>> => garbage.collect(params)
