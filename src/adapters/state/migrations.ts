/** Migrates saved states, one pure step at a time; a released step never changes. test/fixtures/states has each version. */
import { PtrackError } from '../../protocol/errors.ts'
import { STATE_VERSION } from './document.ts'

type Json = Record<string, unknown>
type Step = (document: Json, now: { wallMs: number; owner: string }) => Json

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

/** v0 was a bare map of server ids: `{"web": {"pid": 12345, "command": "node web.js", "startTime": "2025-11-04T12:00:00Z"}}`. */
function fromUnversioned(document: Json, { wallMs, owner }: { wallMs: number; owner: string }): Json {
  const processes: [string, Json][] = []
  for (const [name, entry] of Object.entries(document)) {
    if (!isObject(entry)) continue
    const started = typeof entry.startTime === 'number' ? entry.startTime : Date.parse(String(entry.startTime ?? ''))
    const startedAtMs = Number.isFinite(started) ? started : null
    const ports = (Array.isArray(entry.ports) ? entry.ports : [entry.port]).filter((port) => typeof port === 'number')
    const cwd = typeof entry.cwd === 'string' && entry.cwd.startsWith('/') ? entry.cwd : '/'
    const reason = 'migrated: its pid was saved without a start time of the kernel, so it cannot be told from a stranger'
    processes.push([
      name,
      {
        id: name,
        // The old command was one shell line; it is run as one.
        definition: { name, kind: 'service', command: ['/bin/sh', '-c', String(entry.command ?? '')], cwd, ports },
        owner,
        createdAtMs: startedAtMs ?? wallMs,
        tracked: {
          // A bare pid is never trusted: it is not adopted, and nothing is started that may be running already.
          state: { status: 'stopped', exit: { kind: 'unknown' } },
          wanted: 'down',
          runNumber: 0,
          reason,
          sinceMs: wallMs,
          error: null,
          failures: [],
          backoffStep: 0,
          crashLoop: false,
          restarts: 0,
          attempts: 0,
        },
        startedAtMs,
        endedAtMs: null,
        lastExit: { kind: 'unknown' },
        runs: [],
        timeline: [{ at: new Date(wallMs).toISOString(), status: 'stopped', run: 0, reason }],
      },
    ])
  }
  return {
    version: 1,
    bootId: null,
    savedAt: null,
    settings: { limits: {}, policies: {}, hooks: [] },
    // fromEntries defines, where an assignment to a key `__proto__` would change the prototype.
    processes: Object.fromEntries(processes),
  }
}

/** Index n leads from version n to n + 1. */
const STEPS: readonly Step[] = [fromUnversioned]

/** The document in the present version and its original version; VERSION_SKEW for a newer one, null when it is no saved state. */
export function migrate(document: unknown, now: { wallMs: number; owner: string }): { document: Json; from: number } | null {
  if (!isObject(document)) return null
  const from = typeof document.version === 'number' ? document.version : 0
  if (!Number.isInteger(from) || from < 0) return null
  if (from > STATE_VERSION) {
    throw new PtrackError(
      'VERSION_SKEW',
      `cannot use the saved state: it has version ${from}, this ptrack knows up to ${STATE_VERSION}`,
      {
        hint: 'upgrade ptrack, or use another directory with --home; the file is left as it is',
        details: { found: from, known: STATE_VERSION },
      },
    )
  }
  if (from === 0 && !looksUnversioned(document)) return null
  let present = document
  for (const step of STEPS.slice(from)) present = step(present, now)
  return { document: present, from }
}

/** Every entry has a command; an arbitrary JSON object is not taken for a state. */
const looksUnversioned = (document: Json): boolean =>
  Object.entries(document).every(
    ([key, entry]) => (key === 'version' && entry === 0) || (isObject(entry) && typeof entry.command === 'string'),
  )
