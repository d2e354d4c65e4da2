/** Requests about logs. */
import { z } from 'zod'
import { limits } from './limits.ts'
import { Target, Targets } from './request-parts.ts'
import type { LogLine } from './view.ts'

const Stream = z.enum(['out', 'err', 'both']).default('both')
export const LogQuery = z.strictObject({
  targets: Targets,
  stream: Stream,
  /** The last lines; without it (and without since, run, cursor) the last 20. */
  tail: z.number().int().min(0).max(1_000_000).optional(),
  /** Lines written at or after this time (epoch ms). */
  sinceMs: z.number().optional(),
  /** Lines written before this time. */
  untilMs: z.number().optional(),
  /** `before` of an earlier reply: the lines before those, as many as `tail` says. */
  before: z.string().max(1_000_000).optional(),
  run: z.number().int().optional().describe('a run number; negative counts back, -1 = the last one'),
  grep: z.string().max(1024).optional(),
  /** At most this many lines of what is read forwards: since a time, of a run, from a cursor. */
  max: z.number().int().min(1).max(limits.logPageLines).optional(),
  /** Opaque; continues an earlier reply. */
  cursor: z.string().max(1_000_000).optional(),
})
export type LogQuery = z.input<typeof LogQuery>

/** Raw output of a program; `logs.read` is for lines. */
export const ByteQuery = z.strictObject({
  target: Target,
  stream: z.enum(['out', 'err']),
  /** Only this run, from its start; without it the whole log, until the process has ended. */
  run: z.number().int().min(1).optional(),
  /** Logical offset to continue from: the `next` of an earlier reply. */
  from: z.number().int().min(0).optional(),
  /** The reader passes it on: what it has not read is not rotated away, up to 64 MB and for 60 s after its last request. */
  holds: z.boolean().default(false),
  /** Without bytes yet, the answer may wait this long for some. */
  waitMs: z.number().int().min(0).max(limits.logBytesWaitMs).default(0),
  /** On a connection of lines: the bytes stand behind the line of the reply, whose `bytes` is their number, with a newline after them; `data` is empty then. */
  raw: z.boolean().default(false),
})

export interface LogPage {
  lines: LogLine[]
  cursor: string
  /** For the page before this one, with `before`; null where it is the first. Absent from daemons that know none. */
  before?: string | null
  /** More lines are there right now: ask again with the cursor. */
  more: boolean
  /** Remarks beside the lines, such as bytes that rotation dropped before this point. */
  notices: string[]
}

export interface LogBytes {
  /** base64. */
  data: string
  /** Logical offset of the first byte of `data`, and after its last. */
  from: number
  next: number
  /** Bytes between the requested offset and `from` that rotation has dropped. */
  lost: number
  /** It is over and nothing more will come. */
  ended: boolean
}

/** Lines in a bucket, by the level that each seems to have; `other` = it says none. */
export interface LogCountsBucket {
  /** Its beginning. */
  at: string
  error: number
  warn: number
  info: number
  debug: number
  other: number
}

export interface LogCounts {
  since: string
  until: string
  bucketMs: number
  buckets: LogCountsBucket[]
  /** False where there were more lines than one request counts: what is after `until` is not counted. */
  whole: boolean
}

export const logRequests = {
  'logs.read': LogQuery,
  'logs.bytes': ByteQuery,
  'logs.counts': z.strictObject({
    targets: Targets,
    stream: Stream,
    /** Default: an hour before `untilMs`. */
    sinceMs: z.number().optional(),
    /** Default: now. */
    untilMs: z.number().optional(),
    bucketMs: z.number().int().min(1000).default(60_000),
    grep: z.string().max(1024).optional(),
  }),
  'logs.follow': z.strictObject({ cursor: z.string().max(1_000_000) }),
  'logs.unfollow': z.strictObject({ follow: z.string().max(64) }),
} as const

export interface LogReplies {
  'logs.read': LogPage
  'logs.bytes': LogBytes
  'logs.counts': LogCounts
  'logs.follow': { follow: string }
  'logs.unfollow': { ok: boolean }
}
