/** daemon.stop: what has to happen before the daemon may end. */
import { isEnded, isLive } from '../../protocol/names.ts'
import type { Params } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'
import { stopAll } from '../shutdown.ts'

export async function daemonStop(
  supervisor: Supervisor,
  { killChildren, graceMs }: Params<'daemon.stop'>,
): Promise<{ left: number; killed: string[] }> {
  let killed: string[] = []
  if (killChildren) {
    await supervisor.halt.begin()
    killed = await stopAll(supervisor, 'halt', graceMs)
  }
  const live = [...supervisor.registry.all()].map(({ record }) => record.tracked.state.status)
  return { left: live.filter((status) => !isEnded(status) && isLive(status)).length, killed }
}
