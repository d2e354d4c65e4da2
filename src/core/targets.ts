/** What NAME means: a name (of a set: all its instances), id, number or pid; or a pattern: a glob, `tag:T`, `session:S`, `all`. */

import { matchesGlob } from '../protocol/name-globs.ts'
import { isPattern } from '../protocol/patterns.ts'

export interface Candidate {
  id: string
  name: string
  /** Null for one that is gone: its number is not kept. */
  number: number | null
  tags: readonly string[]
  /** Null for none. */
  session: string | null
  /** The name of the set that it is an instance of: `web` of web:0, web:1 ... */
  instanceOf: string | null
  pids: readonly number[]
}

/** What a word can mean, strongest first: the first of these that any process matches, and nothing else. */
export const MEANINGS = ['name', 'id', 'number', 'pid'] as const
export type Meaning = (typeof MEANINGS)[number]

const answers: Readonly<Record<Meaning, (candidate: Candidate, word: string) => boolean>> = {
  // A process with just the name of a set belongs to the set: `scale` counts it as the first.
  name: ({ name, instanceOf }, word) => name === word || instanceOf === word,
  id: ({ id }, word) => id === word,
  number: ({ number }, word) => number !== null && String(number) === word,
  pid: ({ pids }, word) => /^\d+$/.test(word) && pids.includes(Number(word)),
}

/** Processes to look up; `find` and `has` need not look at all of them. */
export interface Known<P> {
  find(meaning: Meaning, word: string): readonly P[]
  has(meaning: Meaning, word: string): boolean
  all(): Iterable<P>
  candidate(process: P): Candidate
}

const ONE = '*='
/** One process that a pattern matched. No name holds `=`, so it cannot be taken for a glob. */
export const asMatched = (id: string): string => `${ONE}${id}`

function matchesPattern(pattern: string, { id, name, tags, session }: Candidate): boolean {
  if (pattern === 'all') return true
  if (pattern.startsWith('tag:')) return tags.includes(pattern.slice('tag:'.length))
  if (pattern.startsWith('session:')) return session === pattern.slice('session:'.length)
  return pattern.startsWith(ONE) ? pattern.slice(ONE.length) === id : matchesGlob(pattern, name)
}

/** All that a target means; may be empty. */
export function resolve<P>(target: string, known: Known<P>): readonly P[] {
  if (target.startsWith(ONE)) return known.find('id', target.slice(ONE.length))
  if (isPattern(target)) return [...known.all()].filter((process) => matchesPattern(target, known.candidate(process)))
  const meaning = MEANINGS.find((each) => known.has(each, target))
  return meaning === undefined ? [] : known.find(meaning, target)
}

/** For facts that come one by one: whether a target means this process, which may be gone. */
export function means<P>(target: string, candidate: Candidate, known: Known<P>): boolean {
  if (isPattern(target)) return matchesPattern(target, candidate)
  for (const meaning of MEANINGS) {
    if (answers[meaning](candidate, target)) return true
    if (known.has(meaning, target)) return false
  }
  return false
}

export interface Selection<P> {
  matched: P[]
  /** Those that a word names; the others match only patterns. */
  named: ReadonlySet<P>
  missing: string[]
}

export function selectTargets<P>(targets: readonly string[], known: Known<P>): Selection<P> {
  const matched = new Set<P>()
  const named = new Set<P>()
  const missing: string[] = []
  for (const target of targets) {
    const hits = resolve(target, known)
    if (hits.length === 0) missing.push(target)
    for (const hit of hits) {
      matched.add(hit)
      if (!isPattern(target)) named.add(hit)
    }
  }
  return { matched: [...matched], named, missing }
}

/** A list as `Known`, where there is no index. */
export function knownOf<C extends Candidate>(candidates: readonly C[]): Known<C> {
  const find = (meaning: Meaning, word: string): C[] => candidates.filter((each) => answers[meaning](each, word))
  return {
    find,
    has: (meaning, word) => candidates.some((each) => answers[meaning](each, word)),
    all: () => candidates,
    candidate: (each) => each,
  }
}
