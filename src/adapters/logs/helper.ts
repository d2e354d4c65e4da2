/** Child processes of the log keeper. */
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import type { Clock } from '../../core/world.ts'
import { unless } from '../errno.ts'

/** Children of the daemon that copy, collapse and compress. PTRACK_HELPER=<logs dir>/<token> shows them to the next daemon. */
export function startHelper(dir: string, token: string, command: readonly string[], stdio: StdioOptions): ChildProcess {
  const [file, ...rest] = command
  // LC_ALL=C: messages are logged in one language; they need nothing else of the daemon's environment.
  const env = { PATH: process.env.PATH ?? '/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C', PTRACK_HELPER: `${dir}/${token}` }
  return spawn(file!, rest, { env, stdio, cwd: '/' })
}

/** Resolves when the helper has ended. @returns null on success, else why it failed. */
export function helperEnd(child: ChildProcess): Promise<string | null> {
  return new Promise((resolve) => {
    let output = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      if (output.length < 2000) output += chunk.toString('utf8')
    })
    child.once('error', (error) => resolve(`cannot run ${child.spawnfile}: ${error.message}`))
    child.once('close', (code, signal) => {
      if (code === 0) return resolve(null)
      resolve(output.trim() || (signal ? `helper ended by ${signal}` : `helper ended with code ${code}`))
    })
  })
}

/** Whether a helper of any daemon for this directory is alive. Reads /proc: only for recovery. */
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

/** @returns false when a helper is still alive after `limitMs`. */
export async function waitForHelpers(alive: () => boolean, clock: Clock, limitMs: number): Promise<boolean> {
  const deadline = clock.mono() + limitMs
  while (alive()) {
    if (clock.mono() > deadline) return false
    await new Promise<void>((resolve) => clock.wakeAfter(50, resolve))
  }
  return true
}
