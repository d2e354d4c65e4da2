/** `[FILE] [NAME..]`: whether the first word is the file. Pure. */
import { basename } from 'node:path'

/** What a file is called that a supervisor reads: `worker`, even where such a file lies, is a process. */
const FILE_NAME = /procfile|\.(?:ya?ml|json5?|[cm]?js|conf|ini)$/i

/** A path is a file also where there is none, so that the error names it. `exists`: there is a file (or pipe) of this name. */
export function splitOperands(
  words: readonly string[],
  exists: (word: string) => boolean,
): { file: string | undefined; names: string[] } {
  const [first, ...rest] = words
  if (first === undefined) return { file: undefined, names: [] }
  const isFile = first.includes('/') || (FILE_NAME.test(basename(first)) && (exists(first) || rest.length === 0))
  return isFile ? { file: first, names: rest } : { file: undefined, names: [...words] }
}
