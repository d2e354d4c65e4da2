/** The shape of --json where a command shows processes: it follows from what was asked, and not from how many there are. */
import { isPattern } from '../../protocol/patterns.ts'

const INSTANCE = /^:\d+$/

/** Of the set of instances with this name. */
export const isInstanceOf = (set: string, name: string): boolean => name.startsWith(set) && INSTANCE.test(name.slice(set.length))

/**
 * An object for one process named outright; an array for several targets, for patterns, and for the name of a set of
 * instances, which may have one today and four tomorrow.
 */
export function oneOrMany<T>(targets: readonly string[], shown: readonly T[], nameOf: (one: T) => string): T | readonly T[] {
  const [target, another] = targets
  const [only, ...more] = shown
  if (target === undefined || another !== undefined || only === undefined || more.length > 0 || isPattern(target)) return shown
  return isInstanceOf(target, nameOf(only)) ? shown : only
}
