/** Parts of what a client may see of a process. Types only. Times are ISO-8601 UTC, durations ms. */

export interface PortView {
  port: number
  /** Accepts connections on 127.0.0.1 or ::1; null until checked. */
  open: boolean | null
  /** The pid that listens, if known; one of our own tree or a stranger. */
  heldBy: number | null
  latencyMs: number | null
  checkedAt: string | null
  /** Connections to it that are open now; in `show` alone, and null where the system does not say. */
  connections?: number | null
}

export interface HealthCheckView {
  /** The check: `GET /health`, `exec:pg_isready`, `tcp:db:5432`, `log:REGEX`, `ptrack notify --ready`. */
  check: string
  ok: boolean
  /** Reads after it: `answered 500`, `exited with 2: no response`. */
  answer: string
  at: string
}

/** One check of the present run: a port, a shared socket, or the declared probe. */
export interface CheckView {
  /** `port 3000`, `socket *:3000`, or as in `healthCheck`. */
  check: string
  /** The last one. */
  answer: string
  /** In a row, 0 = it passes. */
  failures: number
  /** Since when it passes, or fails. */
  since: string
  /** Oldest first, at most limits.checkResults. */
  results: { at: string; ok: boolean; latencyMs: number | null }[]
}

export interface ProgressView {
  percent: number | null
  current: number | null
  total: number | null
  unit: string | null
  message: string | null
  etaMs: number | null
  stalled: boolean
}

/** Of a job that waits for a slot. */
export interface QueueView {
  /** The limit that is reached: `global`, `owner ann`, `type build`; null = it is its turn. */
  limit: string | null
  /** How many that limit allows at once. */
  value: number | null
  /** When its turn is expected to come, by what is known of how long the jobs before it take; null = not known. */
  expectedStartAt: string | null
}

/** How the last run failed, unless it was followed by one that got further. */
export interface FailureView {
  run: number
  at: string
  reason: string | null
  /** The last lines of its stderr; empty until they were read, which needs somebody who watches. */
  lines: string[]
  /** Runs in a row that ended in this way, as far as the state keeps them. */
  same: number
}
