/** The end of the daemon, in order: everything promised is written, and children live on. */
import { machineIsStopping } from '../adapters/systemd-notify.ts'
import type { SocketServer } from '../api/socket-server.ts'
import { stopAll } from '../supervisor/shutdown.ts'
import type { Daemon } from './create-daemon.ts'

/** Why it ends, and whether what it runs ends before it. */
export interface Leaving {
  reason: string
  stopsChildren: boolean
}

export async function shutDown(
  { site, supervisor, notifier }: Daemon,
  server: SocketServer,
  { reason, stopsChildren }: Leaving,
): Promise<void> {
  const { env, world, homeGuard, lock, socket } = site
  homeGuard.check()
  world.log.info('daemon', `stops: ${reason}`)
  notifier.stopping()
  if (stopsChildren || (await machineIsStopping(env))) await stopAll(supervisor, 'shutdown')
  await server.close(reason)
  supervisor.close()
  supervisor.observedTime.note()
  await supervisor.metricsKeeper.close()
  await supervisor.historyWriter.settled()
  await world.history.close()
  supervisor.historyWriter.saveMarks()
  for (const each of [world.logs, world.results, world.store]) await each.close()
  socket.close()
  await lock.release()
  process.exit(0)
}
