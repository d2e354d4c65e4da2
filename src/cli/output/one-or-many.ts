/** The shape of --json for processes follows from the request, not from how many there are. */
import { isPattern } from '../../protocol/patterns.ts'

const INSTANCE = /^:\d+$/

export const isInstanceOf = (set: string, name: string): boolean => name.startsWith(set) && INSTANCE.test(name.slice(set.length))

/** An object for one process named outright; an array for several targets, patterns, and the name of a set of instances. */
export function oneOrMany<T>(targets: readonly string[], shown: readonly T[], nameOf: (one: T) => string): T | readonly T[] {
  const [target, another] = targets
  const [only, ...more] = shown
  if (target === undefined || another !== undefined || only === undefined || more.length > 0 || isPattern(target)) return shown
  return isInstanceOf(target, nameOf(only)) ? shown : only
}
