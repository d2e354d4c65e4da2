/** The environment of a supervised program: what it would get in the caller's shell, plus what was set, plus the marker. */
import type { RunRef } from '../core/state.ts'
import type { EnvRecord } from '../core/world.ts'

/** The daemon's own relations to systemd never reach a child; PTRACK_* of another supervisor would be a false marker. */
const PRIVATE =
  /^(PTRACK_.*|NOTIFY_SOCKET|WATCHDOG_USEC|WATCHDOG_PID|INVOCATION_ID|JOURNAL_STREAM|LISTEN_FDS|LISTEN_PID|LISTEN_FDNAMES)$/

export function stripPrivate(env: Record<string, string | undefined>): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const [name, value] of Object.entries(env)) if (value !== undefined && !PRIVATE.test(name)) kept[name] = value
  return kept
}

/** Hundreds of instances share one stored record, and each restart comes back to it. */
const stripped = new WeakMap<EnvRecord, { caller: Record<string, string>; set: Record<string, string> }>()

function strippedOf(stored: EnvRecord): { caller: Record<string, string>; set: Record<string, string> } {
  let known = stripped.get(stored)
  if (known === undefined) {
    known = { caller: quickToCopy(stripPrivate(stored.caller)), set: stripPrivate(stored.set) }
    stripped.set(stored, known)
  }
  return known
}

/** Filled key by key V8 holds it as a hash table, whose copy costs each start 5 KB; made by JSON.parse it is copied like an array. */
const quickToCopy = (env: Record<string, string>): Record<string, string> =>
  JSON.parse(JSON.stringify(env)) as Record<string, string>

export const markerRun = (run: RunRef): string => `${run.number}-${run.id}`

export function childEnv(
  stored: EnvRecord,
  options: {
    id: string
    run: RunRef
    home: string
    socketPath: string
    port: number | undefined
    instance: number | undefined
    token: string | null
  },
): Record<string, string> {
  const { caller, set } = strippedOf(stored)
  const env = { ...caller }
  if (options.port !== undefined) env.PORT = String(options.port)
  // What a person set by hand wins over what we would give, PORT included.
  Object.assign(env, set)
  if (options.instance !== undefined) env.PTRACK_INSTANCE = String(options.instance)
  env.PTRACK_ID = options.id
  env.PTRACK_RUN = markerRun(options.run)
  env.PTRACK_HOME = options.home
  env.PTRACK_SOCKET = options.socketPath
  if (options.token !== null) env.PTRACK_TOKEN = options.token
  return env
}
