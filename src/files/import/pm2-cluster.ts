/** A Node cluster shares one socket among its processes; separately spawned processes cannot. */
import { basename } from 'node:path'
import type { Pm2App } from './pm2-values.ts'

/** pm2 makes a cluster of several instances of a node program unless the file says fork. */
const isCluster = ({ mode, instances, process }: Pm2App): boolean =>
  mode === 'cluster' || (mode === null && instances !== null && basename(process.definition.command[0]!) === 'node')

/** Gives each instance of a cluster its own PORT, if known, or all but one would keep failing. Answers a remark, or null. */
export function shareOut(app: Pm2App): string | null {
  const { instances, env } = app.process
  if (!isCluster(app)) return null
  if (instances === 1) return 'one process, run by itself'
  const port = /^\d+$/.test(env.PORT ?? '') ? Number(env.PORT) : null
  const apart = `${instances} processes of their own, which cannot share one port as a cluster does`
  if (app.incrementVar === 'PORT') return `${apart}: PORT counts up by increment_var`
  if (port === null || app.incrementVar !== null)
    return `${apart}: a program with a fixed port has to add NODE_APP_INSTANCE to it, or all but one fail to listen`
  if (port + instances - 1 > 65_535)
    return `${apart}, and PORT ${port} leaves no room for ${instances}: all but one fail to listen`
  app.incrementVar = 'PORT'
  return `${apart}: PORT is ${port} to ${port + instances - 1}, one each; a proxy in front has to name them all`
}
