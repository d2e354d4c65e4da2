/** Distinct names in a format with fewer permitted characters than ptrack. */

/** The name of each in that format. Permitted names stay; of others that clash, later ones get `-2`, `-3` appended. */
export function distinctNames(names: readonly string[], escaped: (name: string) => string): Map<string, string> {
  const called = new Map(names.filter((name) => escaped(name) === name).map((name) => [name, name]))
  const taken = new Set(called.values())
  for (const name of names) {
    if (called.has(name)) continue
    let given = escaped(name)
    for (let number = 2; taken.has(given); number++) given = `${escaped(name)}-${number}`
    taken.add(given)
    called.set(name, given)
  }
  return called
}
