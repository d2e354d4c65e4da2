/** Natural order of names (`web:9` before `web:10`). Intl.Collator takes 6 ms to construct, a sixth of a command. */
export function naturalOrder(a: string, b: string): number {
  let i = 0
  let j = 0
  while (i < a.length && j < b.length) {
    if (isDigit(a, i) && isDigit(b, j)) {
      const endA = endOfNumber(a, i)
      const endB = endOfNumber(b, j)
      const order = numberOrder(a, i, endA, b, j, endB)
      if (order !== 0) return order
      i = endA
      j = endB
      continue
    }
    const order = weightOf(a, i++) - weightOf(b, j++)
    if (order !== 0) return order
  }
  if (i < a.length || j < b.length) return i < a.length ? 1 : -1
  // Equal but for case or leading zeros: the order must still be deterministic.
  return a === b ? 0 : a > b ? -1 : 1
}

function weightOf(text: string, at: number): number {
  const code = text.charCodeAt(at)
  if (isDigit(text, at)) return 1000 + code
  const lower = code >= 65 && code <= 90 ? code + 32 : code
  return lower >= 97 && lower <= 122 ? 2000 + lower : code
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return code >= 48 && code <= 57
}

function endOfNumber(text: string, from: number): number {
  let at = from
  while (at < text.length && isDigit(text, at)) at++
  return at
}

/** By length without leading zeros, then digit by digit: a number may have more digits than a double holds. Nothing is cut out: a list of a thousand names is put in order ten thousand times. */
function numberOrder(a: string, fromA: number, endA: number, b: string, fromB: number, endB: number): number {
  let i = afterZeros(a, fromA, endA)
  let j = afterZeros(b, fromB, endB)
  if (endA - i !== endB - j) return endA - i - (endB - j)
  while (i < endA) {
    const order = a.charCodeAt(i++) - b.charCodeAt(j++)
    if (order !== 0) return order
  }
  return 0
}

function afterZeros(text: string, from: number, end: number): number {
  let at = from
  while (at < end && text.charCodeAt(at) === 48) at++
  return at
}
