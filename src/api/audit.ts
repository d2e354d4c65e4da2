/** `audit` events: who did what, or tried to. Refusals are rate-limited, so that they cannot push others out of the ring. */
import { iso } from '../core/iso.ts'
import type { Peer } from '../core/rights.ts'
import type { Clock, DaemonLog } from '../core/world.ts'
import type { EventPayloads } from '../protocol/events.ts'
import type { AuditEntry } from '../protocol/overview.ts'

/** Refused attempts published per second; the rest is counted in the daemon's log. */
const DENIED_PER_SECOND = 10
/** Names listed per request. */
const MOST_TARGETS = 100
/** Typing is many requests: of these the first is published, and then one a minute of each peer and terminal. */
const TYPING: ReadonlySet<string> = new Set(['send', 'resize'])
const TYPING_MS = 60_000
const MOST_TYPING = 1000

/** What the event leaves out. */
export type About = Pick<AuditEntry, 'processes' | 'client' | 'command' | 'detail'>

const UNKNOWN: About = { processes: [], client: 'unknown', command: null, detail: null }

export interface Audit {
  acted(method: string, targets: readonly string[], peer: Peer, about?: About): void
  /** `peer` is null without a valid token. */
  denied(method: string, targets: readonly string[], peer: Peer | null, about?: About): void
}

export function createAudit(options: {
  publish: (payload: EventPayloads['audit']) => void
  /** On disk, which the ring of events is not. */
  keep: (entry: AuditEntry) => void
  clock: Pick<Clock, 'mono' | 'wall'>
  log: Pick<DaemonLog, 'warn'>
}): Audit {
  const { publish, keep, clock, log } = options
  const tell = (payload: EventPayloads['audit'], about: About = UNKNOWN): void => {
    publish(payload)
    const processes = about.processes.slice(0, MOST_TARGETS)
    keep({ at: iso(clock.wall()), ...payload, ...about, processes })
  }
  let room = DENIED_PER_SECOND
  let filledMono = clock.mono()
  let unreported = 0
  const typedMono = new Map<string, number>()
  const isAgain = (what: string): boolean => {
    const nowMono = clock.mono()
    if (nowMono - (typedMono.get(what) ?? Number.NEGATIVE_INFINITY) < TYPING_MS) return true
    if (typedMono.size >= MOST_TYPING) typedMono.clear()
    typedMono.set(what, nowMono)
    return false
  }
  return {
    acted: (method, targets, peer, about) => {
      if (TYPING.has(method) && isAgain(`${method} ${peer.user} ${peer.token} ${targets[0]}`)) return
      tell({ method, targets: targets.slice(0, MOST_TARGETS), by: peer.user, token: peer.token }, about)
    },
    denied: (method, targets, peer, about) => {
      const nowMono = clock.mono()
      room = Math.min(DENIED_PER_SECOND, room + ((nowMono - filledMono) / 1000) * DENIED_PER_SECOND)
      filledMono = nowMono
      if (room < 1) {
        unreported++
        return
      }
      room--
      if (unreported > 0) log.warn('api', `${unreported} more refused requests are not told as audit events`)
      unreported = 0
      const named = targets.slice(0, MOST_TARGETS)
      tell({ method, targets: named, by: peer?.user ?? 'unknown', token: peer?.token ?? null, denied: true }, about)
    },
  }
}
