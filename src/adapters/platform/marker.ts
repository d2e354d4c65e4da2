import type { Marker } from '../../core/world.ts'

const PREFIX = Buffer.from('PTRACK_')

/** The marker in an environment (`NAME=value` separated by NUL), or null. */
export function findMarker(environ: Buffer): Marker | null {
  // Most processes have none: one search in the bytes saves decoding their environment.
  if (environ.indexOf(PREFIX) < 0) return null
  const found: Record<string, string> = {}
  for (let at = environ.indexOf(PREFIX); at >= 0; at = environ.indexOf(PREFIX, at + 1)) {
    if (at > 0 && environ[at - 1] !== 0) continue
    const end = environ.indexOf(0, at)
    const [name, value] = splitOnce(environ.toString('utf8', at, end < 0 ? environ.length : end))
    // As in getenv, the first of two wins.
    if (!Object.hasOwn(found, name)) found[name] = value
  }
  return markerFrom(found)
}

export function markerFrom(variables: Record<string, string | undefined>): Marker | null {
  const daemon = variables.PTRACK_DAEMON === '1'
  const id = variables.PTRACK_ID ?? ''
  if (id === '' && !daemon) return null
  const run = /^(\d{1,15})-([0-9A-Za-z]+)$/.exec(variables.PTRACK_RUN ?? '')
  return { id, runNumber: run ? Number(run[1]) : 0, runId: run?.[2] ?? '', home: variables.PTRACK_HOME ?? '', daemon }
}

function splitOnce(text: string): [string, string] {
  const at = text.indexOf('=')
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}
