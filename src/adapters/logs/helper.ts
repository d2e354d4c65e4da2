import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import type { Clock } from '../../core/world.ts'
import { unless } from '../errno.ts'

/**
 * Helpers are children of the daemon that copy, collapse and compress. They carry PTRACK_HELPER=<logs dir>/<token>, by
 * which the next daemon sees that one is still at work.
 */
export function startHelper(dir: string, token: string, command: readonly string[], stdio: StdioOptions): ChildProcess {
  const [file, ...rest] = command
  // LC_ALL=C: messages are logged in one language; nothing of the daemon's own environment is needed.
  const env = { PATH: process.env.PATH ?? '/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C', PTRACK_HELPER: `${dir}/${token}` }
  return spawn(file!, rest, { env, stdio, cwd: '/' })
}

/** Resolves when the helper has ended. @returns null when it did its work, else why not. */
export function helperEnd(child: ChildProcess): Promise<string | null> {
  return new Promise((resolve) => {
    let told = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      if (told.length < 2000) told += chunk.toString('utf8')
    })
    child.once('error', (error) => resolve(`cannot run ${child.spawnfile}: ${error.message}`))
    child.once('close', (code, signal) => {
      if (code === 0) return resolve(null)
      resolve(told.trim() || (signal ? `helper ended by ${signal}` : `helper ended with code ${code}`))
    })
  })
}

/** True while a helper for this directory, of whichever daemon, is alive. Reads /proc: only for recovery. */
export function helpersAlive(dir: string): boolean {
  const mark = `PTRACK_HELPER=${dir}/`
  for (const pid of unless(['ENOENT'], [], () => readdirSync('/proc'))) {
    if (!/^\d+$/.test(pid)) continue
    // Another user's environment is unreadable, and so not that of our helper.
    const environ = unless(['ENOENT', 'EACCES', 'EPERM', 'ESRCH'], '', () => readFileSync(`/proc/${pid}/environ`, 'latin1'))
    if (environ.includes(mark)) return true
  }
  return false
}

/** @returns false when some helper is still alive after `limitMs`. */
export async function waitForHelpers(alive: () => boolean, clock: Clock, limitMs: number): Promise<boolean> {
  const deadline = clock.mono() + limitMs
  while (alive()) {
    if (clock.mono() > deadline) return false
    await new Promise<void>((resolve) => clock.wakeAfter(50, resolve))
  }
  return true
}
