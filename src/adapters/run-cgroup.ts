/** A cgroup v2 of its own for a run, below the daemon's, where permitted. */
import { accessSync, constants, mkdirSync, readdirSync, readFileSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { CannotStart } from './cannot-start.ts'
import { errnoOf } from './errno.ts'

export interface RunCgroup {
  procs: string
  /** Removes the directory if empty; else the next run of the same name will. */
  remove(): void
}

/** Throws CannotStart (CGROUP). */
export function createRunCgroup(name: string, runId: string): RunCgroup {
  const parent = ownCgroup()
  if (parent === null) throw new CannotStart('CGROUP', 'there is no cgroup v2 here; start it without --cgroup')
  const directory = join(parent, `ptrack-${name}-${runId}`)
  try {
    for (const entry of readdirSync(parent)) if (isRunOf(name, entry)) removeIfEmpty(join(parent, entry))
    mkdirSync(directory)
    accessSync(join(directory, 'cgroup.procs'), constants.W_OK)
  } catch (cause) {
    const errno = errnoOf(cause)
    if (errno === undefined) throw cause
    throw new CannotStart(
      'CGROUP',
      `no cgroup can be made below ${parent} (${errno}); have it delegated (Delegate=yes in the daemon's unit) or start without --cgroup`,
      { cause },
    )
  }
  return { procs: join(directory, 'cgroup.procs'), remove: () => removeIfEmpty(directory) }
}

/** Run ids are hexadecimal, so `web` does not match `web-2`'s. */
const isRunOf = (name: string, entry: string): boolean =>
  entry.startsWith(`ptrack-${name}-`) && /^[0-9a-f]{8,}$/.test(entry.slice(`ptrack-${name}-`.length))

function removeIfEmpty(directory: string): void {
  try {
    rmdirSync(directory)
  } catch (error) {
    const errno = errnoOf(error)
    if (errno !== 'EBUSY' && errno !== 'ENOENT' && errno !== 'ENOTEMPTY') throw error
  }
}

/** The mount of cgroup v2 (on hybrid systems not /sys/fs/cgroup itself) joined with this process's place in it. */
function ownCgroup(): string | null {
  try {
    const mount = /^\S+ \S+ \S+ \S+ (\S+) .* - cgroup2 /m.exec(readFileSync('/proc/self/mountinfo', 'utf8'))?.[1]
    const place = /^0::(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1]
    return mount === undefined || place === undefined ? null : join(mount, place)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null
    throw error
  }
}
