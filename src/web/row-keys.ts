/** Keys of the list: which row they lead to, and what they do to the process of the row that has the focus. Pure. */

import type { ListRow } from '../words/list-rows.ts'
import { needsSomebody } from '../words/states.ts'
import type { Action } from '../words/takes.ts'
import { isChord, isTyping } from './use-slash.ts'

export type RowKey =
  | { kind: 'act'; actions: readonly Action[] }
  | { kind: 'open'; what: 'log' | 'more' }
  | { kind: 'mark'; range: boolean }

const LETTERS: Readonly<Record<string, RowKey>> = {
  s: { kind: 'act', actions: ['start'] },
  r: { kind: 'act', actions: ['restart'] },
  x: { kind: 'act', actions: ['stop', 'cancel'] },
  p: { kind: 'act', actions: ['pause', 'resume'] },
  l: { kind: 'open', what: 'log' },
  '.': { kind: 'open', what: 'more' },
}

/** Space acts on the name of a row alone: on a button it is the button's own. */
export function rowKeyOf(event: KeyboardEvent, letters: boolean): RowKey | null {
  if (isTyping(event) || isChord(event)) return null
  if (event.key === ' ') return (event.target as Element).matches('a.name') ? { kind: 'mark', range: event.shiftKey } : null
  return letters ? (LETTERS[event.key] ?? null) : null
}

const STEPS: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 }
const LETTER_STEPS: Readonly<Record<string, number>> = { j: 1, k: -1 }

/** The row that a key leads to from the one at `at` (-1 = none yet); null for another key, or where there is none. */
export function rowAfter(key: string, letters: boolean, rows: readonly ListRow[], at: number): number | null {
  const last = rows.length - 1
  if (last < 0) return null
  if (key === 'Home') return 0
  if (key === 'End') return last
  if (letters && key === 'e') {
    const needs = rows.flatMap((row, index) => (row.kind === 'process' && needsSomebody(row.view) ? [index] : []))
    return needs.find((index) => index > at) ?? needs[0] ?? null
  }
  const step = STEPS[key] ?? (letters ? LETTER_STEPS[key] : undefined)
  return step === undefined ? null : Math.min(last, Math.max(0, at + step))
}

/** The process before or after the one that is shown beside the list, by `[` and `]`. */
export function besideAfter(key: string, rows: readonly ListRow[], shownId: string): string | null {
  const step = { '[': -1, ']': 1 }[key]
  if (step === undefined) return null
  const views = rows.flatMap((row) => (row.kind === 'process' ? [row.view] : []))
  const at = views.findIndex(({ id }) => id === shownId)
  return at < 0 ? null : (views[at + step]?.name ?? null)
}

/** All processes from one row to another, in either direction; the last alone where the first is not shown. */
export function between(rows: readonly ListRow[], fromId: string | null, toId: string): string[] {
  const ids = rows.flatMap((row) => (row.kind === 'process' ? [row.view.id] : []))
  const [from, to] = [fromId === null ? -1 : ids.indexOf(fromId), ids.indexOf(toId)]
  return from < 0 ? [toId] : ids.slice(Math.min(from, to), Math.max(from, to) + 1)
}
