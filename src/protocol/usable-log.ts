/** Whether a log can be kept in a file: what can be said before anything is changed. */
import { accessSync, constants, lstatSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { NOWHERE } from './log-files.ts'
import { NotAFile } from './plain-file.ts'

interface Refusal {
  why: string
  hint: string
}

/** Null: it can. For this user, and now. */
export function whyNoLog(file: string): Refusal | null {
  if (file === NOWHERE) return null
  const directory = dirname(file)
  const above = statSync(directory, { throwIfNoEntry: false })
  if (above === undefined) return { why: `the directory ${directory} does not exist`, hint: `make it: mkdir -p ${directory}` }
  if (!above.isDirectory()) return { why: `${directory} is not a directory`, hint: 'name a file in a directory' }
  const there = lstatSync(file, { throwIfNoEntry: false })
  if (there !== undefined && !there.isFile()) return { why: new NotAFile(file, there).words, hint: HINT }
  const [path, mode] = there ? [file, constants.W_OK] : [directory, constants.W_OK | constants.X_OK]
  try {
    accessSync(path, mode)
    return null
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const why = code === 'EROFS' ? 'its file system is read-only' : `${path} cannot be written to (${code})`
    return { why, hint: 'name a file that the daemon can write to' }
  }
}

const HINT = 'name a file, or leave it out: `ptrack logs` shows the output; /dev/null drops it'
