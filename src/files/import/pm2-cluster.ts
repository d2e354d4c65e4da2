/** A Node cluster shares one port among its processes: as a socket that all of them inherit. */
import { basename } from 'node:path'
import type { Pm2App } from './pm2-values.ts'

/** pm2 makes a cluster of several instances of a node program unless the file says fork. */
const isCluster = ({ mode, instances, process }: Pm2App): boolean =>
  mode === 'cluster' || (mode === null && instances !== null && basename(process.definition.command[0]!) === 'node')

/** Declares the port of a cluster as a shared socket, if it is known. Answers a remark, or null. */
export function shareOut(app: Pm2App): string | null {
  const { definition, instances, env } = app.process
  if (!isCluster(app)) return null
  if (instances === 1) return 'one process, run by itself'
  if (app.incrementVar === 'PORT') return `${instances} processes with a port each: PORT counts up by increment_var`
  const port = /^[1-9]\d{0,4}$/.test(env.PORT ?? '') ? Number(env.PORT) : null
  if (port === null || port > 65_535)
    return `${instances} processes that share no port: one that the program has in its code is shared with \`sockets: [PORT]\` in ptrack.yaml, or all but one fail to listen`
  definition.sockets = [{ name: String(port), port }]
  return `${instances} processes that share a socket at port ${port}, as those of a cluster do`
}
