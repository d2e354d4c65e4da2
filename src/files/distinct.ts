/** Names in a format that knows fewer letters than ptrack: no two become the same. */

/**
 * What each name is called there. Names that may stay as they are keep their own; of others that would be the same, the
 * later ones get `-2`, `-3` behind them.
 */
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
