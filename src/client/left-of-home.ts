/** Whether programs of a removed home still run, by the marker in their environment. */
import { readdirSync, readFileSync } from 'node:fs'

const UNREADABLE = new Set(['ENOENT', 'EACCES', 'EPERM', 'ESRCH', 'ENOTDIR', 'EINVAL'])

function tried<T>(read: () => T): T | null {
  try {
    return read()
  } catch (error) {
    if (UNREADABLE.has((error as NodeJS.ErrnoException).code ?? '')) return null
    throw error
  }
}

/** False without /proc. */
export function isSomethingLeft(home: string): boolean {
  const marks = [Buffer.from(`PTRACK_HOME=${home}\0`), Buffer.from('PTRACK_RUN=')]
  return (tried(() => readdirSync('/proc')) ?? []).some((name) => {
    if (!/^\d+$/.test(name)) return false
    const environ = tried(() => readFileSync(`/proc/${name}/environ`))
    return environ !== null && marks.every((mark) => environ.includes(mark))
  })
}
