/** daemon status: whether it runs, and its condition. */
import { formatDuration, formatSize } from '../../../protocol/duration.ts'
import type { DaemonStatus, SystemLoad } from '../../../protocol/view.ts'
import type { Context } from '../../context.ts'
import { plural } from './running.ts'

const loadWords = ({ loadAverages, cpus, memoryBytes, memoryFreeBytes }: SystemLoad): string =>
  `load ${loadAverages.map((load) => load.toFixed(2)).join(' ')} on ${plural(cpus, 'CPU')}, ${formatSize(memoryFreeBytes)} of ${formatSize(memoryBytes)} memory free`

function statusLines(status: DaemonStatus): string[] {
  const { monitor } = status
  const lines = [
    `daemon running (pid ${status.pid}), version ${status.version}, protocol ${status.protocol}, up ${formatDuration(status.uptimeMs)}`,
    `  home       ${status.home}`,
    `  processes  ${status.processes}, ${status.live} alive, ${status.adopted} adopted`,
    ...(status.halted ? ['  halted     all was stopped with the daemon; `ptrack daemon start` starts it again'] : []),
    `  clients    ${status.clients}`,
    `  http       ${status.http === null ? 'on the socket only' : `${status.http.host}:${status.http.port}`}`,
    `  memory     ${formatSize(status.rssBytes)}`,
    ...(status.system ? [`  machine    ${loadWords(status.system)}`] : []),
    `  state      ${status.stateError ? `cannot be written since ${status.stateError.since}: ${status.stateError.message}` : `${status.stateBytes === null ? 'not written yet' : formatSize(status.stateBytes)}, ${plural(status.stateWrites, 'write')}`}`,
    `  monitor    every ${formatDuration(monitor.intervalMs)}${monitor.lastRoundMs === null ? '' : `, last round took ${Math.round(monitor.lastRoundMs)}ms`}`,
    `  logs       rotated by ${status.rotation === 'collapse' ? 'collapsing files in place' : status.rotation === 'freeze' ? 'stopping the tree for a moment' : 'a way not yet known'}`,
  ]
  for (const file of status.quarantined) lines.push(`  set aside  ${file}`)
  for (const note of status.notes) lines.push(`  note       ${note}`)
  return lines
}

export async function status(context: Context): Promise<number> {
  const client = await context.connectOnly({ acceptSkew: true })
  const status = await client.request('daemon.status', {})
  if (context.json) context.printJson(status)
  else context.io.out(`${statusLines(status).join('\n')}\n`)
  return 0
}
