/** Figures of results by one field or two, in memory that grows with the groups and not with the rows. */
import { LastAttempts } from '../protocol/attempts.ts'
import type { ResultRow } from '../protocol/history.ts'
import type { ResultGroup } from '../protocol/overview.ts'

export interface Grouping {
  measure: string
  by: string
  and: string | null
  /** Groups, at most; further ones are counted only. */
  most: number
}

interface Sums {
  keys: [string, string | null]
  count: number
  sum: number
  min: number
  max: number
}

/** A retried job reports its rows again: sums are kept for each attempt, until it is known which was the last. */
export class ResultGroups {
  private readonly grouping: Grouping
  private readonly attempts = new LastAttempts()
  private readonly sums = new Map<string, { run: number; attempt: number | null; of: Map<string, Sums> }>()
  private readonly keys = new Set<string>()
  /** Rows whose group had no room. */
  left = 0

  constructor(grouping: Grouping) {
    this.grouping = grouping
  }

  add(result: ResultRow): void {
    this.attempts.note(result)
    const { measure, by, and, most } = this.grouping
    const value = fieldOf(result.row, measure)
    if (typeof value !== 'number' || !Number.isFinite(value)) return
    const keys: Sums['keys'] = [words(fieldOf(result.row, by)), and === null ? null : words(fieldOf(result.row, and))]
    const key = JSON.stringify(keys)
    if (!this.keys.has(key)) {
      if (this.keys.size >= most) {
        this.left++
        return
      }
      this.keys.add(key)
    }
    const { run, attempt } = result
    const place = `${run} ${attempt}`
    const known = this.sums.get(place) ?? { run, attempt, of: new Map<string, Sums>() }
    this.sums.set(place, known)
    known.of.set(key, joined(known.of.get(key), { keys, count: 1, sum: value, min: value, max: value }))
  }

  /** By their keys. */
  groups(attempts: 'all' | 'last'): ResultGroup[] {
    const all = new Map<string, Sums>()
    for (const place of this.sums.values())
      if (attempts === 'all' || this.attempts.has(place))
        for (const [key, sums] of place.of) all.set(key, joined(all.get(key), sums))
    return [...all.values()]
      .map(({ keys, count, sum, min, max }) => ({ keys, count, mean: sum / count, min, max }))
      .sort((a, b) => compare(a.keys[0], b.keys[0]) || compare(a.keys[1] ?? '', b.keys[1] ?? ''))
  }
}

function joined(a: Sums | undefined, b: Sums): Sums {
  if (a === undefined) return { ...b }
  return { keys: a.keys, count: a.count + b.count, sum: a.sum + b.sum, min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) }
}

/** Fields of an object; of another row the field `value`, as in tables. */
function fieldOf(row: unknown, name: string): unknown {
  if (typeof row === 'object' && row !== null && !Array.isArray(row))
    return Object.hasOwn(row, name) ? (row as Record<string, unknown>)[name] : undefined
  return name === 'value' ? row : undefined
}

const words = (value: unknown): string =>
  value === undefined || value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value)

const compare = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true })
