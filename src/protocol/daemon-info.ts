/** daemon.json identifies the daemon of a home, for clients and the next daemon. It exists only while the daemon listens. */
import { join } from 'node:path'
import { readPlain } from './plain-file.ts'

export const DAEMON_INFO_FILE = 'daemon.json'

export interface DaemonInfo {
  pid: number
  /** With the pid and the boot id, the daemon's identity. */
  startTicks: number
  bootId: string
  /** ISO-8601 UTC. */
  startTime: string
  version: string
  protocol: number
  /** Where it listens for HTTP by TCP; null = on its socket only. */
  http: HttpAddress | null
  /** It is that of a container, started by `ptrack runtime`. */
  runtime: boolean
}

export interface HttpAddress {
  host: string
  port: number
}

/** null when missing or unreadable: a hint, never the truth about what is alive. */
export function readDaemonInfo(home: string): DaemonInfo | null {
  let value: Partial<Record<keyof DaemonInfo, unknown>> | null
  try {
    value = JSON.parse(readPlain(join(home, DAEMON_INFO_FILE)))
  } catch (error) {
    if (error instanceof SyntaxError || (error instanceof Error && 'syscall' in error)) return null
    throw error
  }
  if (typeof value !== 'object' || value === null) return null
  const { pid, startTicks, bootId, startTime, version, protocol, http, runtime } = value
  if (typeof pid !== 'number' || typeof startTicks !== 'number' || typeof bootId !== 'string') return null
  return {
    pid,
    startTicks,
    bootId,
    startTime: typeof startTime === 'string' ? startTime : '',
    version: typeof version === 'string' ? version : '',
    protocol: typeof protocol === 'number' ? protocol : 0,
    http: isHttpAddress(http) ? { host: http.host, port: http.port } : null,
    runtime: runtime === true,
  }
}

const isHttpAddress = (value: unknown): value is HttpAddress =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as HttpAddress).host === 'string' &&
  typeof (value as HttpAddress).port === 'number'
