/** Where this program runs: inside a process of ptrack (the marker in its environment names the run), or outside. */
import { basename } from 'node:path'
import { homeDirectory } from '../protocol/socket-path.ts'

export interface RunPlace {
  id: string
  runId: string
}

/** The run we are part of, in this home; null outside. */
export function ownRun(env: Record<string, string | undefined>, home: string): RunPlace | null {
  // PTRACK_RUN is NUMBER-RUNID.
  const runId = /^\d+-(.+)$/.exec(env.PTRACK_RUN ?? '')?.[1]
  if (!env.PTRACK_ID || !runId || homeDirectory(env) !== home) return null
  return { id: env.PTRACK_ID, runId }
}

/** A name from the script's file: `nightly.mjs` is `nightly`. */
export function defaultName(script: string | undefined, pid: number): string {
  const name = basename(script ?? '')
    .replace(/\.[cm]?[jt]sx?$/, '')
    .replace(/[^A-Za-z0-9_.@+-]/g, '-')
    .replace(/^[^A-Za-z0-9_]+/, '')
    .slice(0, 100)
  return name === '' || /^\d+$/.test(name) || name === 'all' ? `node-${pid}` : name
}
