import { daemonStop as operation } from '../../supervisor/operations/daemon-stop.ts'
import type { Handler } from '../daemon-context.ts'

export const daemonStop: Handler<'daemon.stop'> = async ({ supervisor, shutDown }, params) => {
  const { left, killed } = await operation(supervisor, params)
  if (!params.stays) shutDown('asked to by a client')
  return { stopping: !params.stays, left, killed }
}
