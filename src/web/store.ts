/** What the page knows, fed by the wire. Plain data and one function; drawing is notified at most once a frame. */
import type { PtrackEvent } from '../protocol/events.ts'
import { isEnded } from '../protocol/names.ts'
import type { ProcessView } from '../protocol/view.ts'
import { statusClause } from '../words/status.ts'
import type { FeedItem } from './wire.ts'

export interface Toast {
  id: number
  tone: 'good' | 'bad' | 'quiet'
  text: string
  process: string | null
}

export interface Sample {
  cpu: number
  memory: number
}

export interface Knowledge {
  views: Map<string, ProcessView>
  /** Another one whenever a view is. */
  turn: number
  /** By id, oldest first; a list is another one when it has changed. */
  samples: Map<string, readonly Sample[]>
  /** The last ones, oldest first; `key` is the page's own, since daemons number anew. */
  events: (PtrackEvent & { key: number })[]
  /** The daemon has said what there is. */
  listed: boolean
  link: 'connecting' | 'here' | 'away'
  /** Time of the last message, epoch ms; null before the first. */
  heardMs: number | null
  /** Epoch ms since when the daemon is silent. */
  awayMs: number | null
  /** Epoch ms at which it is tried again to reach the daemon. */
  nextTryMs: number | null
  /** Gaps in the events since the page was opened. */
  gaps: number
  version: string | null
}

export const nothing = (): Knowledge => ({
  views: new Map(),
  turn: 0,
  samples: new Map(),
  events: [],
  listed: false,
  link: 'connecting',
  heardMs: null,
  awayMs: null,
  nextTryMs: null,
  gaps: 0,
  version: null,
})

const SAMPLES = 40
const EVENTS = 1000

/** Takes in one item; returns what to show the user at once. */
export function learn(known: Knowledge, item: FeedItem, nowMs: number): Omit<Toast, 'id'>[] {
  if (item.kind === 'away') {
    if (known.link !== 'away') known.awayMs = nowMs
    known.link = 'away'
    known.nextTryMs = item.nextTryMs ?? null
    return []
  }
  known.heardMs = nowMs
  switch (item.kind) {
    case 'connected':
      known.link = 'here'
      known.awayMs = null
      known.version = item.hello.version
      return []
    case 'snapshot': {
      const toasts = known.views.size === 0 ? [] : item.views.flatMap((view) => newsOf(known.views.get(view.id), view))
      known.listed = true
      known.turn++
      known.views = new Map(item.views.map((view) => [view.id, view]))
      for (const id of known.samples.keys()) if (!known.views.has(id)) known.samples.delete(id)
      if (item.gap) known.gaps++
      return toasts
    }
    case 'views': {
      const toasts = item.changed.flatMap((view) => newsOf(known.views.get(view.id), view))
      known.turn++
      for (const view of item.changed) known.views.set(view.id, view)
      for (const id of item.removed) {
        known.views.delete(id)
        known.samples.delete(id)
      }
      return toasts
    }
    case 'event':
      if (item.event.type === 'healthCheck') return []
      known.events.push({ ...item.event, key: (known.events.at(-1)?.key ?? 0) + 1 })
      if (known.events.length > EVENTS * 1.2) known.events.splice(0, known.events.length - EVENTS)
      return []
  }
}

/** Samples the present loads at even intervals; nothing is made up for a time without connection. */
export function sampleLoads({ samples, views, link }: Knowledge): void {
  if (link !== 'here') return
  for (const { id, status, cpuPercent, memoryBytes } of views.values()) {
    if (isEnded(status)) samples.delete(id)
    if (cpuPercent === null && memoryBytes === null) continue
    const all = samples.get(id) ?? []
    samples.set(id, [...all.slice(1 - SAMPLES), { cpu: cpuPercent ?? 0, memory: memoryBytes ?? 0 }])
  }
}

export function newsOf(before: ProcessView | undefined, after: ProcessView): Omit<Toast, 'id'>[] {
  if (before === undefined) return []
  const name = after.title ?? after.name
  const toast = (tone: Toast['tone'], text: string): Omit<Toast, 'id'> => ({ tone, text, process: after.name })
  if (!before.crashLoop && after.crashLoop) return [toast('bad', `${name} is in a crash loop`)]
  if (before.health !== 'unhealthy' && after.health === 'unhealthy') return [toast('bad', `${name} is unhealthy`)]
  if (isEnded(before.status) || !isEnded(after.status)) return []
  if (after.status === 'done') return after.kind === 'service' ? [] : [toast('good', `${name} is done`)]
  if (after.status === 'stopped') return []
  return [toast(after.status === 'cancelled' ? 'quiet' : 'bad', `${name} ${statusClause(after, Date.parse(after.since))}`)]
}

/** Live or waiting jobs and externals. */
export const activeWork = (views: Iterable<ProcessView>): ProcessView[] =>
  [...views]
    .filter((view) => view.kind !== 'service' && !isEnded(view.status))
    .sort((a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt))

/** The last ended, newest first. */
export const endedWork = (views: Iterable<ProcessView>, most: number): ProcessView[] =>
  [...views]
    .filter((view) => view.kind !== 'service' && isEnded(view.status) && view.endedAt !== null)
    .sort((a, b) => Date.parse(b.endedAt!) - Date.parse(a.endedAt!))
    .slice(0, most)
