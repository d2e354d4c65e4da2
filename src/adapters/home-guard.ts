/**
 * Whether the home is still this daemon's own. A person who removes the directory, its lock or both would leave a daemon
 * that no command can reach, that starts everything again, and that writes into whatever home is made in that place.
 */
import { execFileSync } from 'node:child_process'
import { readlinkSync, statSync } from 'node:fs'
import { PtrackError } from '../protocol/errors.ts'
import { hasCode } from './errno.ts'

/** A logger that hangs must not keep a daemon alive that has lost its home. */
const LOGGER_MS = 2000

export interface HomeGuard {
  /** Returns while the home is ours; otherwise it leaves. Two system calls. */
  check(): void
  /** Leaves at once: nothing is written, nothing is tidied up, children live on. */
  leave(why: string): never
}

export interface HomeGuardOptions {
  home: string
  /** The symbolic link that is the lock, and what it says while the lock is ours. */
  lock: { file: string; content: string }
  /** Ends this process without another write into the home; the default is process.reallyExit. */
  exit?: (code: number) => never
  /** Where the one line goes; the default is the system's log, and stderr where there is none. */
  say?: (line: string) => void
}

export function createHomeGuard({ home, lock, exit = exitNow, say = sayToSystem }: HomeGuardOptions): HomeGuard {
  const { dev, ino } = statSync(home)

  function lossOf(): string | null {
    try {
      const now = statSync(home)
      if (now.dev !== dev || now.ino !== ino) return 'another directory is in its place'
    } catch (error) {
      if (hasCode(error, 'ENOENT', 'ENOTDIR')) return 'it was removed'
      // A disk that does not answer says nothing about whose home it is.
      return null
    }
    try {
      return readlinkSync(lock.file) === lock.content ? null : 'its lock is held by another daemon'
    } catch (error) {
      if (hasCode(error, 'ENOENT', 'ENOTDIR', 'EINVAL')) return 'its lock was removed'
      return null
    }
  }

  function leave(why: string): never {
    say(`the daemon (pid ${process.pid}) has lost its home ${home}: ${why}; it leaves, and what it started lives on`)
    return exit(1)
  }

  return {
    check: () => {
      const why = lossOf()
      if (why !== null) leave(why)
    },
    leave,
  }
}

/** `target` with `check` before each call of one of these methods. */
export function checkedBefore<T extends object>(target: T, methods: readonly (keyof T)[], check: () => void): T {
  const checked = Object.create(target) as T
  for (const name of methods) {
    const method = target[name] as unknown as (...args: unknown[]) => unknown
    const wrapped = (...args: unknown[]): unknown => {
      check()
      return method.apply(target, args)
    }
    checked[name] = wrapped as T[typeof name]
  }
  return checked
}

function sayToSystem(line: string): void {
  try {
    execFileSync('logger', ['-t', 'ptrack', line], { stdio: 'ignore', timeout: LOGGER_MS })
  } catch {
    // No logger here, or no log that it reaches.
    process.stderr.write(`ptrackd: ${line}\n`)
  }
}

/** Listeners of `exit` and the orderly end of streams would write; and a socket that is closed removes the file of its name. */
function exitNow(code: number): never {
  ;(process as unknown as { reallyExit(code: number): void }).reallyExit(code)
  throw new PtrackError('INTERNAL', 'cannot leave')
}
