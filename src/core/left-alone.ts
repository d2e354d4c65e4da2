/** What a pattern (all, a glob, a tag) skips: named outright, the process would get what was asked for, or an error. */
import { isEnded, type Kind, type Status } from '../protocol/names.ts'

/** Why it is skipped, worded to follow a number; null: it takes part. */
type Rule = (kind: Kind, status: Status) => LeftAlone | null
export type LeftAlone = 'ended job' | 'started elsewhere' | 'not running' | 'not paused'

const beginning: Rule = (kind, status) => {
  if (kind === 'external') return 'started elsewhere'
  // A job that ended is done; to run it again a person names it.
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
