/** A total time for stopping everything, shared out along the dependencies. Pure. */
import { type Depending, dependentsAmong } from './dependencies.ts'

/** For each, how many have to end one after the other from it on: 1 without a dependency among them. */
export function stopDepths<T extends Depending>(all: readonly T[]): Map<T, number> {
  const dependencies = new Map<T, T[]>()
  for (const [awaited, dependents] of dependentsAmong(all))
    for (const each of dependents) dependencies.set(each, [...(dependencies.get(each) ?? []), awaited])
  const depths = new Map<T, number>()
  const depthOf = (each: T): number => {
    const known = depths.get(each)
    if (known !== undefined) return known
    // A cycle, which cannot be defined, ends here.
    depths.set(each, 1)
    const depth = 1 + Math.max(0, ...(dependencies.get(each) ?? []).map(depthOf))
    depths.set(each, depth)
    return depth
  }
  for (const each of all) depthOf(each)
  return depths
}

/** The part of what is left that one may take until SIGKILL, so that those after it have as much: usually they need less. */
export const stopShareMs = (stopTimeoutMs: number, leftMs: number, depth: number): number =>
  Math.min(stopTimeoutMs, Math.max(0, Math.floor(leftMs / depth)))
