// What of dist/ is older than what it is made from. A part is made from layers of src, which import no others than
// test/house/imports.test.ts says, so that nobody has to list files.
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** What every part hangs on. */
const ALWAYS = ['package.json', 'package-lock.json', 'scripts']

/** Of a file, or of all in a directory: a directory itself is newer when a file of it has gone. */
function newest(path) {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined) return 0
  if (!found.isDirectory()) return found.mtimeMs
  const inside = readdirSync(path, { withFileTypes: true }).map((entry) => newest(join(path, entry.name)))
  return Math.max(found.mtimeMs, ...inside)
}

const modified = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Number.NEGATIVE_INFINITY

/** `from`: paths from the root; `makes`: names in dist/. */
export function isStale(root, { from, makes }) {
  const made = Math.min(...makes.map((name) => modified(join(root, 'dist', name))))
  return made < Math.max(...[...ALWAYS, ...from].map((path) => newest(join(root, path))))
}
