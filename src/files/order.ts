/** The order of starting: dependencies before dependents. */

type Waiting = ReadonlyMap<string, readonly { name: string }[]>

/** `a -> b -> a`, or null. Names that are not keys have no dependencies. */
export function dependencyCycle(waiting: Waiting): string[] | null {
  const done = new Set<string>()
  const visit = (name: string, path: readonly string[]): string[] | null => {
    const at = path.indexOf(name)
    if (at !== -1) return [...path.slice(at), name]
    if (done.has(name)) return null
    for (const next of waiting.get(name) ?? []) {
      const cycle = visit(next.name, [...path, name])
      if (cycle) return cycle
    }
    done.add(name)
    return null
  }
  for (const name of waiting.keys()) {
    const cycle = visit(name, [])
    if (cycle) return cycle
  }
  return null
}

/** Levels: all of one may start at once, after the previous ones. Requires no cycles. */
export function startLevels(waiting: Waiting): string[][] {
  const depths = new Map<string, number>()
  const depth = (name: string): number => {
    const known = depths.get(name)
    if (known !== undefined) return known
    const deepest = (waiting.get(name) ?? []).filter((each) => waiting.has(each.name)).map((each) => depth(each.name) + 1)
    const own = Math.max(0, ...deepest)
    depths.set(name, own)
    return own
  }
  const levels: string[][] = []
  for (const name of waiting.keys()) {
    const level = depth(name)
    levels[level] = [...(levels[level] ?? []), name]
  }
  return levels
}

export function withDependencies(names: readonly string[], waiting: Waiting): Set<string> {
  const found = new Set<string>()
  const add = (name: string): void => {
    if (found.has(name)) return
    found.add(name)
    for (const each of waiting.get(name) ?? []) add(each.name)
  }
  for (const name of names) add(name)
  return found
}
