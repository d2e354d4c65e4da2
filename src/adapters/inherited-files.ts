/** Closes the files that a daemon inherits from the shell or script that started it. */
import { closeSync, readdirSync, readFileSync } from 'node:fs'
import { unless } from './errno.ts'

/** Linux's O_CLOEXEC, which Node does not name. */
const CLOSED_AT_EXEC = 0o2000000

/**
 * Descriptors above 2 that children would inherit and hold: a deploy script's lock (`flock 200`), a pipe whose reader waits for
 * its end. Node marks inherited ones close-on-exec, but only up to the first gap above 15. No-op without /proc.
 */
export function closeInheritedFiles(): void {
  for (const name of unless(['ENOENT', 'EACCES'], [] as string[], () => readdirSync('/proc/self/fd'))) {
    const descriptor = Number(name)
    if (descriptor > 2 && isInherited(descriptor)) closeSync(descriptor)
  }
}

/** False also for the descriptor of the directory itself, which is closed by then. */
const isInherited = (descriptor: number): boolean => {
  const info = unless(['ENOENT'], null, () => readFileSync(`/proc/self/fdinfo/${descriptor}`, 'latin1'))
  const flags = info === null ? null : /^flags:\s*(\d+)/m.exec(info)
  return flags !== null && (Number.parseInt(flags[1]!, 8) & CLOSED_AT_EXEC) === 0
}
