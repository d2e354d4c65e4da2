/** What a bus must be, so that what it has acknowledged is not lost; each rule with what was found and what to do. */
import type { EventStream, FleetCheck } from '../../protocol/fleet.ts'
import { fleetLimits } from '../../protocol/fleet-limits.ts'

/** Older ones have lost whole streams in a crash of the process. */
export const oldestServer = '2.10.23'
/** Repairs of a replicated store. */
const ADVISED = [2, 12, 3] as const

const numbers = (version: string): number[] => version.split(/[^0-9]+/, 3).map(Number)
const isBelow = (version: readonly number[], other: readonly number[]): boolean => {
  const at = other.findIndex((number, index) => number !== (version[index] ?? 0))
  return at >= 0 && (version[at] ?? 0) < other[at]!
}

export const tooOld = (version: string): boolean => isBelow(numbers(version), numbers(oldestServer))

/** The stream of the bucket PT_JOBS. */
export interface JobStream {
  isOnDisk: boolean
  /** 0 = for ever. */
  keepsMs: number
  keepsBytes: number
  bytes: number
  /** Of one record; only the last one is right. */
  perRecord: number
  replicas: number
  /** A full one refuses new jobs, and drops none. */
  refusesNew: boolean
}

/** What is known of a bus; null where it cannot be seen from here. */
export interface BusView {
  address: string
  version: string
  jetstream: boolean
  tls: boolean
  login: boolean
  /** A node made it and vouches for everybody. */
  isOwn: boolean
  syncAlways: boolean | null
  /** From where the settings of the server can be seen. */
  seenFrom: string
  servers: number | null
  /** What keeps the events; a text says why it cannot be seen. */
  stream: EventStream | string
  /** What keeps the jobs; a text says why it cannot be seen, null = not from here. Absent where there are none. */
  jobs?: JobStream | string | null
}

type Found = Omit<FleetCheck, 'check'>
const ok = (why: string): Found => ({ state: 'ok', why, todo: null })
const bad = (why: string, todo: string): Found => ({ state: 'bad', why, todo })

export function checksOf(bus: BusView): FleetCheck[] {
  const rows: [FleetCheck['check'], Found][] = [
    ['bus', ok(`connected to ${bus.address}`)],
    ['version', versionOf(bus.version)],
    [
      'jetstream',
      bus.jetstream
        ? ok('JetStream is on')
        : bad('JetStream is off, so the bus keeps nothing', 'add `jetstream { store_dir: .. }` to its configuration'),
    ],
    ['sync', syncOf(bus)],
    ['replicas', replicasOf(bus)],
    ['events', eventsOf(bus)],
    ...(bus.jobs === undefined ? [] : [['jobs', jobsOf(bus, bus.jobs)] satisfies [FleetCheck['check'], Found]]),
    [
      'tls',
      bus.tls
        ? ok('what is said on it is encrypted')
        : bad(
            'everybody on the way can read and change what is said',
            'add `tls { .. }` to its configuration, and join tls://HOST',
          ),
    ],
    ['login', loginOf(bus)],
  ]
  return rows.map(([check, found]) => ({ check, ...found }))
}

function versionOf(version: string): Found {
  if (tooOld(version))
    return bad(`nats-server ${version} can lose acknowledged data when it crashes`, `install ${ADVISED.join('.')} or newer`)
  const advice = isBelow(numbers(version), ADVISED) ? `; ${ADVISED.join('.')} or newer is advised for three servers` : ''
  return ok(`nats-server ${version}${advice}`)
}

function syncOf({ syncAlways, seenFrom, jetstream }: BusView): Found {
  if (syncAlways === null)
    return { state: 'unknown', why: 'only its configuration shows whether it waits for the disk', todo: seenFrom }
  if (!jetstream) return bad('it stores nothing', 'switch JetStream on first')
  return syncAlways
    ? ok('what it acknowledges is on disk')
    : bad(
        'a power failure takes back what it acknowledged within the last two minutes',
        'set `sync_interval: always` in its `jetstream { .. }`',
      )
}

function replicasOf({ servers, seenFrom }: BusView): Found {
  if (servers === null) return { state: 'unknown', why: 'how many servers it has is not seen from here', todo: seenFrom }
  if (servers === 1) return ok('one server: the fleet waits while its machine is away, and nothing local does')
  if (servers === 3 || servers === 5) return ok(`${servers} servers`)
  return bad(
    `${servers} servers agree no more safely than ${servers - 1}`,
    `run ${servers < 3 ? 'one, or three' : 'three, or five'}`,
  )
}

const DAY_MS = 86_400_000
const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`

function eventsOf({ stream, servers, isOwn }: BusView): Found {
  if (typeof stream === 'string') return bad(stream, 'events of this node wait in its outbox until that is mended')
  const { keepsMs, keepsBytes, isOnDisk, dropsOldest, replicas } = stream
  const redo = isOwn
    ? 'leave and make the fleet anew, or set it with the `nats` program'
    : 'set it with the `nats` program (`nats stream edit PT_EVENTS`)'
  if (!isOnDisk) return bad('they are kept in memory, and gone when the server ends', redo)
  if (!dropsOldest) return bad('a full stream takes no new ones', redo)
  if (servers !== null && replicas !== Math.min(servers, 3)) return bad(`${replicas} of ${servers} servers keep them`, redo)
  const days = keepsMs === 0 ? 'for ever' : `${Math.round((keepsMs / DAY_MS) * 10) / 10} days`
  const kept = `the stream PT_EVENTS keeps ${days}, ${keepsBytes < 0 ? 'without a limit' : `at most ${megabytes(keepsBytes)}`}`
  if (keepsBytes < 0) return bad(kept, redo)
  if (keepsMs > 0 && keepsMs < fleetLimits.eventsKeptMs) return bad(`${kept}: less than ptrack makes it`, redo)
  return ok(keepsBytes < fleetLimits.eventsKeptBytes ? `${kept}: the disk had room for no more` : kept)
}

/** A record that is lost is a job that is lost, or runs twice. */
function jobsOf({ servers, seenFrom }: BusView, jobs: JobStream | string | null): Found {
  if (jobs === null) return { state: 'unknown', why: 'only the node that keeps the jobs sees how', todo: seenFrom }
  if (typeof jobs === 'string') return bad(jobs, 'what runs goes on, and no job of the fleet begins until that is mended')
  const { isOnDisk, keepsMs, keepsBytes, bytes, perRecord, replicas, refusesNew } = jobs
  const redo = 'set it with the `nats` program (`nats stream edit KV_PT_JOBS`), or leave and make the fleet anew'
  if (!isOnDisk) return bad('they are kept in memory, and gone when the server ends', redo)
  if (keepsMs > 0) return bad(`records are dropped after ${Math.round(keepsMs / 1000)} s, so that a job may be lost`, redo)
  if (!refusesNew) return bad('a full bucket drops the oldest records, so that a job may be lost', redo)
  if (perRecord !== 1) return bad('it keeps former states of a job, and fills up with them', redo)
  if (servers !== null && replicas !== Math.min(servers, 3)) return bad(`${replicas} of ${servers} servers keep them`, redo)
  if (keepsBytes >= 0 && bytes > keepsBytes * 0.9)
    return bad(`${megabytes(bytes)} of ${megabytes(keepsBytes)} are used, and then no new job is taken`, 'cancel jobs that wait')
  return ok(`the bucket PT_JOBS drops nothing, and has room for ${keepsBytes < 0 ? 'all' : megabytes(keepsBytes)}`)
}

function loginOf({ isOwn, login }: BusView): Found {
  if (isOwn) return ok('the server vouches for each node and its role')
  if (login)
    return ok('it takes credentials; it vouches for nobody beyond that, so others may look here, or all may act with --trust-bus')
  return bad('whoever reaches it can use it', 'give it users, and join with --creds; or `ptrack fleet create` a bus that vouches')
}
