/** Keys of the page: `/`, `?`, Ctrl K, and `g` with a letter. Single letters act only outside of fields, and can be switched off (WCAG 2.1.4). */
import type { Page } from './route.ts'
import { isChord, isTyping } from './use-slash.ts'

export const GO_TO: Readonly<Record<string, Page>> = {
  o: 'overview',
  p: 'processes',
  t: 'timeline',
  l: 'logs',
  r: 'running',
  a: 'activity',
  f: 'fleet',
  b: 'orphans',
  d: 'admin',
}

export type Shortcut = { kind: 'find' } | { kind: 'help' } | { kind: 'go'; page: Page } | { kind: 'await' } | null

/** For how long `g` waits for its letter. */
export const CHORD_MS = 1500

/** `awaiting`: `g` was the key before. */
export function shortcutOf(event: KeyboardEvent, awaiting: boolean, letters: boolean): Shortcut {
  if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === 'k') return { kind: 'find' }
  if (!letters || isTyping(event) || isChord(event)) return null
  if (event.key === '?') return { kind: 'help' }
  if (awaiting) {
    const page = GO_TO[event.key]
    return page === undefined ? null : { kind: 'go', page }
  }
  return event.key === 'g' ? { kind: 'await' } : null
}

const LOG_KEYS: Readonly<Record<string, 'next' | 'before' | 'follow'>> = { n: 'next', N: 'before', f: 'follow' }

/** Of a page with lines: the next hit, the one before, and whether the newest lines are followed. */
export const logKeyOf = (event: KeyboardEvent, letters: boolean): 'next' | 'before' | 'follow' | null =>
  !letters || isTyping(event) || isChord(event) ? null : (LOG_KEYS[event.key] ?? null)
