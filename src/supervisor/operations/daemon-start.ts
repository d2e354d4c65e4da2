/** daemon.start: lifts a halt. */
import type { Reply } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'

export const daemonStart = ({ halt }: Supervisor): Promise<Reply<'daemon.start'>> => halt.lift()
