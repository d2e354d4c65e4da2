/** Levenshtein distance with transpositions counted once, for words of a few letters. */
function distance(a: string, b: string): number {
  let before: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const current = [i]
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1
      let best = Math.min(previous[j]! + 1, current[j - 1]! + 1, previous[j - 1]! + cost)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, before[j - 2]! + 1)
      current.push(best)
    }
    before = previous
    previous = current
  }
  return previous[b.length]!
}

/** Of two that are as near: `stats` of `stat`, then `logs` of `lgs`. A fast typist drops letters more often than adding one. */
function rank(candidate: string, word: string): number {
  if (candidate.startsWith(word)) return 0
  let at = 0
  for (const letter of word) {
    at = candidate.indexOf(letter, at) + 1
    if (at === 0) return 2
  }
  return 1
}

/** The word that was probably meant, or null when nothing is near. */
export function nearest(word: string, candidates: readonly string[]): string | null {
  const typed = word.toLowerCase()
  let best: string | null = null
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1
  for (const candidate of candidates) {
    const d = candidate.startsWith(word) && word.length >= 3 ? 1 : distance(typed, candidate)
    const isBetter = d === bestDistance && best !== null && rank(candidate, typed) < rank(best, typed)
    if (d >= bestDistance && !isBetter) continue
    best = candidate
    bestDistance = d
  }
  return best
}
