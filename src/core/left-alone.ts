/**
 * What a pattern (all, a glob, a tag) leaves as it is: where a process named outright gets what was asked for, or an error,
 * one that a pattern only happens to match is passed over.
 */
import { isEnded, type Kind, type Status } from '../protocol/names.ts'

/** Why it is passed over, in words that a number can stand before; null: it takes part. */
type Rule = (kind: Kind, status: Status) => LeftAlone | null
export type LeftAlone = 'ended job' | 'started elsewhere' | 'not running' | 'not paused'

const beginning: Rule = (kind, status) => {
  if (kind === 'external') return 'started elsewhere'
  // What a job has done is done. A person who wants it once more names it.
  return kind === 'job' && isEnded(status) ? 'ended job' : null
}

const RULES = {
  start: beginning,
  restart: beginning,
  reload: beginning,
  pause: (_, status) => (status === 'running' || status === 'paused' ? null : 'not running'),
  resume: (_, status) => (status === 'running' || status === 'paused' ? null : 'not paused'),
} as const satisfies Record<string, Rule>

export type Selective = keyof typeof RULES

export const leftAlone = (verb: Selective, kind: Kind, status: Status): LeftAlone | null => RULES[verb](kind, status)
