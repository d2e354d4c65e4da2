/** What many processes did over a time, for overviews: runs, counts, timelines. Types only. Times ISO-8601 UTC, durations ms. */
import type { EndedStatus, Kind } from './names.ts'
import type { Named } from './project.ts'

/** A part of a run, or of the wait before it. */
export interface RunSpan {
  kind: 'waiting' | 'paused' | 'unhealthy'
  from: string
  /** Null while it lasts. */
  to: string | null
}

export interface RunBar {
  run: number
  startedAt: string
  /** Until now, of one that lives. */
  durationMs: number
  /** Null while it lives. */
  outcome: EndedStatus | null
}

export interface RunsView extends Named {
  id: string
  /** Oldest first; the one that lives last. */
  runs: RunBar[]
}

export interface RunsReply {
  processes: RunsView[]
  /** More processes match than one reply holds: name fewer. */
  more: boolean
}

export interface CountBucket {
  /** Its beginning. */
  at: string
  /** The most at once in it. */
  running: number
  waiting: number
  /** Runs that ended in it: all, and those that failed, timed out or were interrupted. */
  ended: number
  failed: number
}

export interface CountsView {
  since: string
  until: string
  bucketMs: number
  buckets: CountBucket[]
  notices: string[]
}

export interface TimelineRun {
  run: number
  runId: string
  startedAt: string
  /** Null while it lives. */
  endedAt: string | null
  outcome: EndedStatus | null
  reason: string | null
  /** The wait before it, and its pauses and times of bad health. */
  spans: RunSpan[]
  /** Of a live one, by its own estimate or by what is usual; null = not known. */
  expectedEndAt: string | null
}

export interface TimelineProcess extends Named {
  id: string
  kind: Kind
  type: string
  owner: string
  /** Oldest first. */
  runs: TimelineRun[]
  /** What comes: it waits for a slot, a dependency, a time or the next attempt. */
  waiting: { since: string; reason: string | null; expectedStartAt: string | null } | null
}

export interface TimelineView {
  /** From here on it is whole: later than asked for where there were more runs than one reply holds. */
  since: string
  until: string
  processes: TimelineProcess[]
  notices: string[]
}

export interface MetricSeries {
  /** A value for each point, oldest first; null = not measured. 100 = one processor; of the machine 100 = all of them. */
  cpuPercent: (number | null)[]
  memoryBytes: (number | null)[]
}

export interface MetricsHistory {
  /** Beginning of the first point. Of points beyond 15 s the processor is their mean, the memory their most. */
  since: string
  stepMs: number
  points: number
  machine: MetricSeries
  /** Those that were measured in this time. */
  processes: (Named & { id: string } & MetricSeries)[]
  /** More processes match than one reply holds: name fewer. */
  more: boolean
}

/** A request that changed something, or was refused. */
export interface AuditEntry {
  at: string
  method: string
  /** As they were asked for: names, globs, tags; at most 100. */
  targets: string[]
  /** Full names of the processes that these meant; at most 100. */
  processes: string[]
  by: string
  /** The name of the token used, if any. */
  token: string | null
  /** `cli`, `web`, `http`, `library` and so on. */
  client: string
  /** Of a command: its words after `ptrack`, values of variables masked. */
  command: string[] | null
  /** Such as `SIGHUP`, `to 4`, `command, ports`. */
  detail: string | null
  denied?: true
}

export interface AuditPage {
  /** Newest first. */
  entries: AuditEntry[]
  /** Older ones match too: ask with `beforeMs`. */
  more: boolean
}

/** What went wrong with a process: of what happened again and again, the last time. */
export interface NewsEntry extends Named {
  id: string
  /** How a run ended, or what one turned to. */
  what: 'failed' | 'timeout' | 'interrupted' | 'unhealthy' | 'crash-loop'
  at: string
  run: number
  reason: string | null
  /** How often, of what is new or of what is not. */
  count: number
  /** After the user last looked. */
  isNew: boolean
}

export interface NewsPage {
  /** When the user last looked; null = never. */
  seenAt: string | null
  /** From here on it is whole. */
  since: string
  /** With how many processes something went wrong after that. */
  fresh: number
  /** Newest first. */
  entries: NewsEntry[]
  notices: string[]
}

export interface ResultGroup {
  /** Values of the fields, as text; empty where a row has none, the second null without a second field. */
  keys: [string, string | null]
  count: number
  mean: number
  min: number
  max: number
}

export interface ResultGroupsView {
  /** The newest process of the requested name, which may be gone. */
  id: string
  name: string
  /** Of all attempts. */
  rows: number
  /** By their keys. */
  groups: ResultGroup[]
  notices: string[]
}
