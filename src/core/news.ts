/** What went wrong with whom: of what happened to a process again and again, the last time and how often. */
import type { NewsEntry } from '../protocol/overview.ts'
import { namesOf } from '../protocol/project.ts'

export interface Mishap extends Pick<NewsEntry, 'id' | 'what' | 'run' | 'reason'> {
  /** Full name, of that time. */
  name: string
  atMs: number
}

/** How far back, for one who has not looked yet or not for long: what is older is in the history. */
export const NEWS_MS = 7 * 86_400_000
/** What was seen is shown again for so long. */
const BEFORE_MS = 86_400_000

/** The time that the news of somebody are about. A mark from before the clock was set back would hide what comes. */
export function newsTime(markMs: number | undefined, nowMs: number): { seenMs: number; sinceMs: number } {
  const dayMs = nowMs - BEFORE_MS
  const seenMs = markMs === undefined || markMs > nowMs ? dayMs : Math.max(markMs, nowMs - NEWS_MS)
  return { seenMs, sinceMs: Math.min(seenMs, dayMs) }
}

export class News {
  private readonly seenMs: number
  private readonly groups = new Map<string, { last: Mishap; count: number; isNew: boolean }>()

  /** What is not after `seenMs` was seen. */
  constructor(seenMs: number) {
    this.seenMs = seenMs
  }

  /** In any order. What is new stands apart from what was seen before. */
  add(mishap: Mishap): void {
    const isNew = mishap.atMs > this.seenMs
    const key = `${isNew} ${mishap.id}`
    const group = this.groups.get(key)
    if (group === undefined) this.groups.set(key, { last: mishap, count: 1, isNew })
    else {
      group.count++
      if (mishap.atMs >= group.last.atMs) group.last = mishap
    }
  }

  /** Processes with something new. */
  get fresh(): number {
    let count = 0
    for (const { isNew } of this.groups.values()) if (isNew) count++
    return count
  }

  /** Newest first. */
  entries(most: number): NewsEntry[] {
    return [...this.groups.values()]
      .sort((a, b) => b.last.atMs - a.last.atMs)
      .slice(0, most)
      .map(({ last: { id, name, what, run, reason, atMs }, count, isNew }) => ({
        id,
        ...namesOf(name),
        what,
        at: new Date(atMs).toISOString(),
        run,
        reason,
        count,
        isNew,
      }))
  }
}

/** Whose mark it is. An admin sees more than the same user with less rights, so neither marks for the other. */
export const readerOf = ({ user, role }: { user: string; role: string }): string => `${role} ${user}`

interface Mark {
  reader: string
  untilMs: number
  nowMs: number
}

/** A mark never goes back, nor beyond now; the oldest is dropped where there are more than `most`. */
export function marked(
  marks: Readonly<Record<string, number>>,
  { reader, untilMs, nowMs }: Mark,
  most: number,
): Record<string, number> {
  const before = marks[reader] ?? 0
  const seenMs = Math.max(Math.min(untilMs, nowMs), before > nowMs ? 0 : before)
  const others = Object.entries(marks).filter(([key]) => key !== reader)
  const kept = others.sort(([, a], [, b]) => b - a).slice(0, most - 1)
  return Object.fromEntries([...kept, [reader, seenMs]])
}
