/** The environment of a supervised program: that of the caller's shell, plus what was set, plus the marker. */
import type { RunRef } from '../core/state.ts'
import type { EnvRecord } from '../core/world-envs.ts'
import { instanceVariables } from '../protocol/instance-env.ts'
import { projectOf, shortName } from '../protocol/project.ts'

/** The daemon's own systemd variables never reach a child; PTRACK_* of another supervisor would be a false marker. */
const PRIVATE =
  /^(PTRACK_.*|NOTIFY_SOCKET|WATCHDOG_USEC|WATCHDOG_PID|INVOCATION_ID|JOURNAL_STREAM|LISTEN_FDS|LISTEN_PID|LISTEN_FDNAMES)$/

/** Of a job of a fleet: set for it alone, and never taken from a caller's environment. */
const FOR_IT_ALONE: ReadonlySet<string> = new Set(['PTRACK_FENCE', 'PTRACK_FLEET_JOB'])

const setFor = (set: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(set).filter(([key]) => FOR_IT_ALONE.has(key) || !PRIVATE.test(key)))

export function stripPrivate(env: Record<string, string | undefined>): Record<string, string> {
  const kept = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined && !PRIVATE.test(entry[0]))
  return Object.fromEntries(kept)
}

/** The two halves of a stored record as members of a JSON object, without its braces. */
interface Members {
  caller: string
  set: string
}

/** Hundreds of instances share one stored record, and each restart reads it again. */
const known = new WeakMap<EnvRecord, Members>()

function membersOf(stored: EnvRecord): Members {
  let members = known.get(stored)
  if (members === undefined) {
    members = { caller: asMembers(stripPrivate(stored.caller)), set: asMembers(setFor(stored.set)) }
    known.set(stored, members)
  }
  return members
}

const asMembers = (env: Record<string, string>): string => JSON.stringify(env).slice(1, -1)

export const markerRun = (run: RunRef): string => `${run.number}-${run.id}`

export function childEnv(
  stored: EnvRecord,
  options: {
    id: string
    /** Its full name. */
    name: string
    run: RunRef
    home: string
    socketPath: string
    port: number | undefined
    instance: number | undefined
    token: string | null
    /** Of shared sockets. */
    sockets?: Record<string, string>
    /** NODE_OPTIONS from the present value; null = leave as it is. */
    nodeOptions?: (present: string | undefined) => string | null
  },
): Record<string, string> {
  const { caller, set } = membersOf(stored)
  const own: Record<string, string> = {}
  if (options.instance !== undefined) own.PTRACK_INSTANCE = String(options.instance)
  const project = projectOf(options.name)
  if (project !== null) own.PTRACK_PROJECT = project
  own.PTRACK_NAME = shortName(options.name)
  own.PTRACK_ID = options.id
  own.PTRACK_RUN = markerRun(options.run)
  own.PTRACK_HOME = options.home
  own.PTRACK_SOCKET = options.socketPath
  if (options.token !== null) own.PTRACK_TOKEN = options.token
  Object.assign(own, options.sockets)
  const nodeOptions = options.nodeOptions?.(stored.set.NODE_OPTIONS ?? stored.caller.NODE_OPTIONS) ?? null
  if (nodeOptions !== null) own.NODE_OPTIONS = nodeOptions
  // The last of two equal names counts: what a person set overrides ours, PORT included.
  const port = options.port === undefined ? '' : `"PORT":"${options.port}"`
  const each =
    stored.each === undefined || options.instance === undefined
      ? ''
      : asMembers(stripPrivate(instanceVariables(stored.each, options.instance)))
  const members = [caller, port, set, each, asMembers(own)].filter((each) => each !== '')
  // JSON.parse gives all of them one hidden class. A spread with variables added takes V8 three times as long and makes a class
  // for each, 5 KB in the old space that every later fork copies.
  return JSON.parse(`{${members.join(',')}}`) as Record<string, string>
}
