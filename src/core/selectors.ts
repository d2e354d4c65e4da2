/** What a selector of a request means to its caller, put as a target that means the same to everybody: full names, and globs over them. */
import { PtrackError } from '../protocol/errors.ts'
import { isGlob, isKey, isLabel, isPattern } from '../protocol/patterns.ts'
import { fullName } from '../protocol/project.ts'

export interface Names {
  /** Whether a process, or a set of instances, has this full name. */
  has(meaning: 'name', word: string): boolean
  /** Whether this glob over full names matches any. */
  matches(glob: string): boolean
  /** Full names of processes and sets in projects that have this name there. */
  inProjects(word: string): readonly string[]
}

export interface Caller {
  /** Of the caller's directory; null = in no project, or without a directory (REST, the page). */
  project: string | null
  /** It asks for what may be gone. */
  past: boolean
}

/**
 * `web`: of the caller's project, else of none, else the only one of that name anywhere; `shop/` and `.`: the whole project. A glob
 * without a slash matches names of the caller's project, or, where it matches none there, those without one. Throws AMBIGUOUS, and NOT_FOUND for `.` outside.
 */
export function toTarget(selector: string, { project, past }: Caller, names: Names): string {
  if (selector === '.') {
    if (project !== null) return `${project}/*`
    throw new PtrackError('NOT_FOUND', "cannot find '.': this directory belongs to no project", {
      hint: '`ptrack up` in it makes one, `ptrack projects` lists them',
      details: { target: selector },
    })
  }
  if (selector.includes('/')) return selector.endsWith('/') ? `${selector}*` : selector
  const own = fullName(project, selector)
  if (isPattern(selector)) return isGlob(selector) && !isWide(selector) && names.matches(own) ? own : selector
  if (names.has('name', own)) return own
  if (names.has('name', selector)) return selector
  const [only, ...others] = names.inProjects(selector)
  if (only === undefined) return past && !isKey(selector) ? own : selector
  if (others.length === 0) return only
  const all = [only, ...others].toSorted()
  throw new PtrackError('AMBIGUOUS', `cannot tell which ${selector} is meant: there are ${all.join(', ')}`, {
    hint: `write one of these, or \`*/${selector}\` for all of them`,
    details: { target: selector, candidates: all },
  })
}

/** A tag may hold the characters of a glob. */
const isWide = (pattern: string): boolean => pattern === 'all' || isLabel(pattern)
