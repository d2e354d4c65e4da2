/**
 * The file that Node programs with shared sockets load, copied into the home: they load it again whenever they start another Node,
 * and would fail there once the package has moved or is gone.
 */
import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { errnoOf } from './errno.ts'
import { readable } from './readable.ts'
import { writeTextSync } from './regular-file.ts'

const HASH_DIGITS = 12

/** Answers its path: the copy, the original where no copy can be made (a full disk), or null where neither can be read. */
export function preloadCopy(original: string, directory: string, mode = 0o600): () => string | null {
  let copy: string | null = null
  return () => {
    if (copy !== null && readable(copy) !== null) return copy
    try {
      const text = readFileSync(original, 'utf8')
      // Another version is another file: programs that run with an earlier one keep it.
      const hash = createHash('sha256').update(text).digest('hex').slice(0, HASH_DIGITS)
      const path = join(directory, `preload-${hash}.cjs`)
      if (readable(path) === null) write(path, text, mode)
      copy = path
      return path
    } catch (error) {
      if (errnoOf(error) === undefined) throw error
      return readable(original)
    }
  }
}

function write(path: string, text: string, mode: number): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  // In place at once: a program may be loading it.
  writeTextSync(`${path}.new`, text, 'w')
  chmodSync(`${path}.new`, mode)
  renameSync(`${path}.new`, path)
}
