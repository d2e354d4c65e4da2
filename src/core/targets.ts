/**
 * What NAME means, and for every request the same: a name (of a set of instances all of them), an id, a number, a pid;
 * or a pattern: a glob, `tag:T`, `all`.
 */
import { isPattern } from '../protocol/patterns.ts'
import { matchesGlob } from './globs.ts'

/** What a process answers to. */
export interface Candidate {
  id: string
  name: string
  /** Null for one that is gone: its number is not kept. */
  number: number | null
  tags: readonly string[]
  /** The name of the set that it is an instance of: `web` of web:0, web:1 ... */
  instanceOf: string | null
  pids: readonly number[]
}

/** What a word can mean, the strongest first: a word means the first of these that any process answers to, and nothing else. */
export const MEANINGS = ['name', 'id', 'number', 'pid'] as const
export type Meaning = (typeof MEANINGS)[number]

const answers: Readonly<Record<Meaning, (candidate: Candidate, word: string) => boolean>> = {
  // A process of just the name of a set belongs to the set: `scale` counts it as the first.
  name: ({ name, instanceOf }, word) => name === word || instanceOf === word,
  id: ({ id }, word) => id === word,
  number: ({ number }, word) => number !== null && String(number) === word,
  pid: ({ pids }, word) => /^\d+$/.test(word) && pids.includes(Number(word)),
}

/** Processes as they are looked up; `find` and `has` need not look at all of them. */
export interface Known<P> {
  find(meaning: Meaning, word: string): readonly P[]
  has(meaning: Meaning, word: string): boolean
  all(): Iterable<P>
  candidate(process: P): Candidate
}

const ONE = '*='
/** One process as a pattern had matched it. No name holds `=`, so that it is nobody's glob. */
export const asMatched = (id: string): string => `${ONE}${id}`

function matchesPattern(pattern: string, { id, name, tags }: Candidate): boolean {
  if (pattern === 'all') return true
  if (pattern.startsWith('tag:')) return tags.includes(pattern.slice('tag:'.length))
  return pattern.startsWith(ONE) ? pattern.slice(ONE.length) === id : matchesGlob(pattern, name)
}

/** All that a target means; empty when nothing answers to it. */
export function resolve<P>(target: string, known: Known<P>): readonly P[] {
  if (target.startsWith(ONE)) return known.find('id', target.slice(ONE.length))
  if (isPattern(target)) return [...known.all()].filter((process) => matchesPattern(target, known.candidate(process)))
  const meaning = MEANINGS.find((each) => known.has(each, target))
  return meaning === undefined ? [] : known.find(meaning, target)
}

/** For facts that come one by one: whether a target means this process, which may be gone by now. */
export function means<P>(target: string, candidate: Candidate, known: Known<P>): boolean {
  if (isPattern(target)) return matchesPattern(target, candidate)
  for (const meaning of MEANINGS) {
    if (answers[meaning](candidate, target)) return true
    if (known.has(meaning, target)) return false
  }
  return false
}

export interface Selection<P> {
  /** Each once, in the order in which the targets name them. */
  matched: P[]
  /** Those of them that a word names; the others are matched by patterns alone. */
  named: ReadonlySet<P>
  /** Targets that mean nothing. */
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

/** A list as `Known`, where there is no index to look things up in. */
export function knownOf<C extends Candidate>(candidates: readonly C[]): Known<C> {
  const find = (meaning: Meaning, word: string): C[] => candidates.filter((each) => answers[meaning](each, word))
  return {
    find,
    has: (meaning, word) => candidates.some((each) => answers[meaning](each, word)),
    all: () => candidates,
    candidate: (each) => each,
  }
}
