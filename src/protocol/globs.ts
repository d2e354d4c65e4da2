/** Globs of watched files: a leading `!` excludes what it matches, with all below it. `!(a|b)` is a pattern of its own. */
import { PtrackError } from './errors.ts'

export const leavesOut = (glob: string): boolean => /^!(?!\()/.test(glob)

/** Throws USAGE for an empty one, or when all of them exclude. */
export function checkGlobs(globs: readonly string[]): void {
  const nothing = globs.find((glob) => glob.replace(/^!/, '').trim() === '' || glob.startsWith('!!'))
  const only = globs.length > 0 && globs.every(leavesOut) ? globs[0] : undefined
  const bad = nothing ?? only
  if (bad === undefined) return
  const why = nothing === undefined ? 'it leaves files out, and no other glob names any' : 'it names no files'
  throw new PtrackError('USAGE', `cannot watch '${bad}': ${why}`, { hint: 'globs look like src/**/*.js and !src/generated' })
}
