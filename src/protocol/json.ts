/** Parsing untrusted JSON. */

/** undefined (which no JSON is) for invalid JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** Whether objects and arrays nest deeper than `max`. A loop, since the attack is on recursion. */
export function nestsDeeper(value: unknown, max: number): boolean {
  let level: unknown[] = [value]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > max) return true
    const below: unknown[] = []
    for (const item of level) {
      if (typeof item !== 'object' || item === null) continue
      for (const child of Array.isArray(item) ? item : Object.values(item))
        if (typeof child === 'object' && child !== null) below.push(child)
    }
    level = below
  }
  return false
}
