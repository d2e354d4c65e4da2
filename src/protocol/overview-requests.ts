/** Requests about many processes over a time. */
import { z } from 'zod'
import { ATTEMPTS } from './attempts.ts'
import { limits } from './limits.ts'
import { KINDS } from './names.ts'
import type { AuditPage, CountsView, MetricsHistory, NewsPage, ResultGroupsView, RunsReply, TimelineView } from './overview.ts'
import { Target } from './request-parts.ts'

export const overviewRequests = {
  runs: z.strictObject({
    /** Default: all. */
    targets: z.array(Target).max(10_000).optional(),
    owner: z.string().max(64).optional(),
    /** Of each process, its newest. */
    max: z.number().int().min(1).max(limits.runBars).default(limits.runBars),
  }),
  counts: z.strictObject({
    /** Default: all. */
    targets: z.array(Target).max(10_000).optional(),
    owner: z.string().max(64).optional(),
    /** With the kind `job`, and a type or an owner that has a limit: its slots over time. */
    type: z.string().max(64).optional(),
    kind: z.enum(KINDS).optional(),
    /** Default: an hour before `untilMs`. */
    sinceMs: z.number().optional(),
    /** Default: now. */
    untilMs: z.number().optional(),
    buckets: z.number().int().min(1).max(limits.countBuckets).default(60),
  }),
  timeline: z.strictObject({
    /** Default: all. */
    targets: z.array(Target).max(10_000).optional(),
    owner: z.string().max(64).optional(),
    type: z.string().max(64).optional(),
    kind: z.enum(KINDS).optional(),
    sinceMs: z.number(),
    /** Default: now. */
    untilMs: z.number().optional(),
    /** Ended runs, newest first. */
    max: z.number().int().min(1).max(limits.timelineRuns).default(limits.timelineRuns),
  }),
  'metrics.history': z.strictObject({
    /** Default: all. Ended ones too, as long as their measurements are kept. */
    targets: z.array(Target).max(10_000).optional(),
    owner: z.string().max(64).optional(),
    /** Default: an hour before `untilMs`. */
    sinceMs: z.number().optional(),
    /** Default: now. */
    untilMs: z.number().optional(),
    /** 15 s are kept for an hour, 5 min for a day, an hour for a week; default: the finest that holds all of the time. */
    stepMs: z.literal([15_000, 300_000, 3_600_000]).optional(),
  }),
  audit: z.strictObject({
    /** Default: everything, what concerns no process included. */
    targets: z.array(Target).max(10_000).optional(),
    owner: z.string().max(64).optional(),
    sinceMs: z.number().optional(),
    /** For the page after one: the time of its last entry. */
    beforeMs: z.number().optional(),
    max: z.number().int().min(1).max(limits.auditEntries).default(100),
  }),
  'news.list': z.strictObject({
    owner: z.string().max(64).optional(),
    max: z.number().int().min(1).max(limits.newsEntries).default(20),
  }),
  /** The user has looked at what went wrong up to this time; a mark never goes back. */
  'news.seen': z.strictObject({ untilMs: z.number().min(0) }),
  'results.groups': z.strictObject({
    /** Name or id; also of a process that is gone, as in `results`. */
    target: Target,
    owner: z.string().max(64).optional(),
    run: z.number().int().min(1).optional(),
    attempts: z.enum(ATTEMPTS).default('last'),
    /** The field whose numbers are summed up. */
    measure: z.string().min(1).max(256),
    by: z.string().min(1).max(256),
    and: z.string().min(1).max(256).optional(),
  }),
} as const

export interface OverviewReplies {
  runs: RunsReply
  counts: CountsView
  timeline: TimelineView
  'metrics.history': MetricsHistory
  audit: AuditPage
  'news.list': NewsPage
  'news.seen': { seenAt: string }
  'results.groups': ResultGroupsView
}
