/** Whether a log can be kept in a file that a definition names: what can be said before anything is changed. */
import { accessSync, constants, lstatSync, realpathSync, statSync } from 'node:fs'
import { dirname, sep } from 'node:path'
import { PtrackError } from '../../protocol/errors.ts'
import { NotAFile } from '../../protocol/plain-file.ts'
import { errnoWords, isErrno } from '../errno.ts'

export const NOWHERE = '/dev/null'

/** @param home has files of its own under names of its own. Throws USAGE. */
export function checkLogFile(file: string, home: string): void {
  if (file === NOWHERE) return
  const refuse = (why: string, hint: string): PtrackError => new PtrackError('USAGE', `cannot log to ${file}: ${why}`, { hint })
  const directory = dirname(file)
  const above = statSync(directory, { throwIfNoEntry: false })
  if (above === undefined) throw refuse(`the directory ${directory} does not exist`, `make it: mkdir -p ${directory}`)
  if (!above.isDirectory()) throw refuse(`${directory} is not a directory`, 'name a file in a directory')
  const inside = realpathSync(directory)
  if (inside === home || inside.startsWith(home + sep))
    throw refuse("it is in ptrack's own home", 'leave it out: ptrack keeps the log there anyway')
  const there = lstatSync(file, { throwIfNoEntry: false })
  if (there !== undefined && !there.isFile()) {
    const hint = file.startsWith('/dev/')
      ? 'name a file, or leave it out: `ptrack logs` shows the output; /dev/null drops it'
      : 'name a file'
    throw refuse(new NotAFile(file, there).words, hint)
  }
  try {
    if (there) accessSync(file, constants.W_OK)
    else accessSync(directory, constants.W_OK | constants.X_OK)
  } catch (cause) {
    if (!isErrno(cause)) throw cause
    const why = cause.code === 'EROFS' ? 'its file system is read-only' : errnoWords(cause)
    throw refuse(why, 'name a file that the daemon can write to')
  }
}
