/** The status of the daemon itself. */
import { availableParallelism, freemem, loadavg, totalmem } from 'node:os'
import { PROTOCOL_VERSION, VERSION } from '../../protocol/version.ts'
import { daemonStatus as operation } from '../../supervisor/operations/daemon-status.ts'
import type { Handler } from '../daemon-context.ts'

export const daemonStatus: Handler<'daemon.status'> = async ({ supervisor, boot, startedAtMs, clients, http }) => ({
  ...operation(supervisor, boot, startedAtMs),
  version: VERSION,
  protocol: PROTOCOL_VERSION,
  clients: clients(),
  http: http(),
  rssBytes: process.memoryUsage.rss(),
  system: {
    loadAverages: loadavg(),
    cpus: availableParallelism(),
    cpuPercent: supervisor.sampler.machinePercent,
    memoryBytes: totalmem(),
    memoryFreeBytes: freemem(),
  },
})
