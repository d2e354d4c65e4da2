/** Globs over names: `*`, `?` and `[a-c]`, `[!a-c]`. None of them matches the slash behind a project, which stands for itself. */

/** One element of a glob: any run of characters, or a test for a single character. */
type Place = 'star' | ((char: string) => boolean)

function placesOf(glob: string): Place[] {
  const places: Place[] = []
  for (let i = 0; i < glob.length; i++) {
    const char = glob[i]!
    const negated = glob[i + 1] === '!' || glob[i + 1] === '^'
    const first = negated ? i + 2 : i + 1
    // A bracket right behind the opening one stands for itself.
    const close = char === '[' ? glob.indexOf(']', first + 1) : -1
    if (char === '*') places.push('star')
    else if (char === '?') places.push((each) => each !== '/')
    else if (close < 0) places.push((each) => each === char)
    else {
      const within = inBrackets(glob.slice(first, close))
      places.push((each) => each !== '/' && within(each) !== negated)
      i = close
    }
  }
  return places
}

function inBrackets(body: string): (char: string) => boolean {
  const ranges: [string, string][] = []
  for (let i = 0; i < body.length; i++) {
    const isRange = body[i + 1] === '-' && i + 2 < body.length
    ranges.push([body[i]!, body[isRange ? i + 2 : i]!])
    if (isRange) i += 2
  }
  return (char) => ranges.some(([from, to]) => char >= from && char <= to)
}

/** Written out instead of a regular expression, which `*a*a*a*a...` would keep busy, and the daemon with it, for hours. */
export function matchesGlob(glob: string, text: string): boolean {
  const places = placesOf(glob)
  let place = 0
  let at = 0
  // Where to resume when the last star takes one more character; earlier stars never need to.
  let star: { place: number; at: number } | null = null
  while (at < text.length) {
    const wanted = places[place]
    if (wanted === 'star') star = { place: ++place, at }
    else if (wanted?.(text[at]!)) {
      place++
      at++
    } else if (star === null || text[star.at] === '/') return false
    else {
      place = star.place
      at = ++star.at
    }
  }
  return places.slice(place).every((rest) => rest === 'star')
}
