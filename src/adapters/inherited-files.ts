/** Closes the files that a daemon inherits from the shell or script that started it. */
import { closeSync, readdirSync, readFileSync } from 'node:fs'
import { unless } from './errno.ts'

/** O_CLOEXEC of Linux, which Node does not name. */
const CLOSED_AT_EXEC = 0o2000000

/**
 * Descriptors above 2 that a program started by this process would inherit, and so would hold for as long as it lives: the
 * lock of a deploy script (`flock 200`), a pipe whose reader waits for its end. Node itself opens everything to be closed at
 * exec, and marks what it inherits so too, but only up to the first gap above 15. Does nothing where there is no /proc.
 */
export function closeInheritedFiles(): void {
  for (const name of unless(['ENOENT', 'EACCES'], [] as string[], () => readdirSync('/proc/self/fd'))) {
    const descriptor = Number(name)
    if (descriptor > 2 && isInherited(descriptor)) closeSync(descriptor)
  }
}

/** False also for the descriptor of the list itself, which is closed by now. */
const isInherited = (descriptor: number): boolean => {
  const info = unless(['ENOENT'], null, () => readFileSync(`/proc/self/fdinfo/${descriptor}`, 'latin1'))
  const flags = info === null ? null : /^flags:\s*(\d+)/m.exec(info)
  return flags !== null && (Number.parseInt(flags[1]!, 8) & CLOSED_AT_EXEC) === 0
}
