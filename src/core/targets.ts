/** What `NAME` on the command line means: a name, id, pid, glob, `tag:T` or `all`. */

export interface Candidate {
  id: string
  name: string
  tags: readonly string[]
  /** Definition that an instance shares: `web` also names web:0, web:1 ... */
  instanceOf: string | null
  pids: readonly number[]
}

const isGlob = (text: string): boolean => /[*?[]/.test(text)

export function globToRegExp(glob: string): RegExp {
  let source = ''
  for (let i = 0; i < glob.length; i++) {
    const char = glob[i]!
    if (char === '*') source += '.*'
    else if (char === '?') source += '.'
    else if (char === '[') {
      const close = glob.indexOf(']', i + 2)
      if (close < 0) source += '\\['
      else {
        const body = glob
          .slice(i + 1, close)
          .replace(/\\/g, '\\\\')
          .replace(/^!/, '^')
        source += `[${body}]`
        i = close
      }
    } else source += char.replace(/[\\^$.|+(){}]/g, '\\$&')
  }
  try {
    return new RegExp(`^${source}$`)
  } catch {
    // A range such as [z-a]: it can match nothing.
    return /^(?!)/
  }
}

export function matchesTarget(target: string, candidate: Candidate): boolean {
  if (target === 'all') return true
  if (target.startsWith('tag:')) return candidate.tags.includes(target.slice(4))
  if (target === candidate.name || target === candidate.id || target === candidate.instanceOf) return true
  if (/^\d+$/.test(target)) return candidate.pids.includes(Number(target))
  return isGlob(target) && globToRegExp(target).test(candidate.name)
}

/** A pattern may match nothing without that being a mistake of typing. */
export const isPattern = (target: string): boolean => target === 'all' || target.startsWith('tag:') || isGlob(target)

/** Matches in the order of the candidates, each once; `missing`: targets that matched nothing. */
export function selectTargets<C extends Candidate>(
  targets: readonly string[],
  candidates: readonly C[],
): { matched: C[]; missing: string[] } {
  const matched = new Set<C>()
  const missing: string[] = []
  for (const target of targets) {
    // An exact name wins over what the same text could mean as a pattern or pid.
    const hits = candidates.filter((candidate) => matchesTarget(target, candidate))
    if (hits.length === 0) missing.push(target)
    for (const hit of hits) matched.add(hit)
  }
  return { matched: candidates.filter((candidate) => matched.has(candidate)), missing }
}
