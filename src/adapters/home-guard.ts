/** Whether the home is still ours. Without its lock a daemon is unreachable, and would write into the home that replaces it. */
import { execFileSync } from 'node:child_process'
import { readlinkSync, statSync } from 'node:fs'
import { PtrackError } from '../protocol/errors.ts'
import { hasCode } from './errno.ts'

/** A hanging logger must not keep alive a daemon that has lost its home. */
const LOGGER_MS = 2000

export interface HomeGuard {
  /** Returns while the home is ours; otherwise exits. Two system calls. */
  check(): void
  /** Exits at once: nothing is written or cleaned up, children live on. */
  leave(why: string): never
}

export interface HomeGuardOptions {
  home: string
  /** The symbolic link that is the lock, and its content while the lock is ours. */
  lock: { file: string; content: string }
  /** Ends this process without another write into the home; default: process.reallyExit. */
  exit?: (code: number) => never
  /** Where the one line goes; default: the system log, or stderr without one. */
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
      // A disk that does not answer says nothing about the owner of the home.
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

/** `target` with `check` before each call of these methods. */
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

/** Exit listeners and ending streams would write, and closing a socket removes the file of its name. */
function exitNow(code: number): never {
  ;(process as unknown as { reallyExit(code: number): void }).reallyExit(code)
  throw new PtrackError('INTERNAL', 'cannot leave')
}
