/** Starts a daemon that outlives us, and keeps the reason if it fails. */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { closeSync, fstatSync, openSync, readFileSync, readSync, unlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CALLER_ENV, DAEMON_ENV, type DaemonFlag, daemonArguments } from '../protocol/daemon-command.ts'

export interface SpawnDaemonOptions {
  home: string
  env: Record<string, string | undefined>
  daemonScript: string
  flag?: DaemonFlag | undefined
}

export interface SpawnedDaemon {
  /** null while it runs; `failure: null`: it exited with 0, another holds the lock. `killed`: by an external SIGKILL. */
  readonly outcome: { failure: string | null; killed?: boolean } | null
  lastErrorLine(): string | null
  release(): void
}

/** A page of stderr holds the last line of whatever went wrong. */
const TAIL_BYTES = 8192

export function spawnDaemon(options: SpawnDaemonOptions): SpawnedDaemon {
  const stderr = openAnonymousFile()
  let outcome: SpawnedDaemon['outcome'] = null
  const child: ChildProcess = spawn(process.execPath, daemonArguments(options.daemonScript, options.home, options.flag), {
    detached: true,
    cwd: '/',
    env: daemonEnvironment(options.env),
    stdio: ['ignore', 'ignore', stderr ?? 'ignore'],
  })
  child.on('error', (error) => {
    outcome = { failure: error.message }
  })
  child.on('exit', (code, signal) => {
    const failure = code === 0 ? null : signal === null ? `it exited with code ${code}` : `it was ended by ${signal}`
    outcome = { failure, killed: signal === 'SIGKILL' }
  })
  let open = true
  return {
    get outcome() {
      return outcome
    },
    lastErrorLine: () => (stderr === null || !open ? null : lastLine(stderr)),
    release() {
      child.unref()
      if (open && stderr !== null) closeSync(stderr)
      open = false
    },
  }
}

/** The caller's environment without PTRACK_* of a managed shell, plus variables meant for the daemon. */
export function daemonEnvironment(env: Record<string, string | undefined>): Record<string, string> {
  const clean: Record<string, string> = {}
  for (const [name, value] of Object.entries(env)) if (value !== undefined && !name.startsWith('PTRACK_')) clean[name] = value
  for (const name of CALLER_ENV) if (env[name] !== undefined) clean[name] = env[name]
  Object.assign(clean, DAEMON_ENV)
  const softLimit = softFileLimit(process.ppid)
  if (softLimit !== null) clean.PTRACK_NOFILE_SOFT = softLimit
  return clean
}

/** The caller's soft limit of open files, for programs, as Node raises its own at start. null without /proc. */
function softFileLimit(pid: number): string | null {
  try {
    return /^Max open files\s+(\d+|unlimited)/m.exec(readFileSync(`/proc/${pid}/limits`, 'latin1'))?.[1] ?? null
  } catch (error) {
    if (['ENOENT', 'EACCES', 'EPERM', 'ESRCH', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return null
    throw error
  }
}

/** Unlinked: it needs no cleanup, and unlike a pipe cannot break a daemon that writes later. null without a temp directory. */
function openAnonymousFile(): number | null {
  const path = join(tmpdir(), `ptrack-start-${randomBytes(8).toString('hex')}`)
  try {
    // Append: the daemon's writes and our positioned reads do not disturb each other.
    const fd = openSync(path, 'ax+', 0o600)
    unlinkSync(path)
    return fd
  } catch (error) {
    if (['ENOENT', 'EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? ''))
      return null
    throw error
  }
}

function lastLine(fd: number): string | null {
  const { size } = fstatSync(fd)
  const tail = Buffer.alloc(Math.min(size, TAIL_BYTES))
  readSync(fd, tail, 0, tail.length, size - tail.length)
  const lines = tail
    .toString('utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  // An uncaught error ends with a stack and Node's version; the message is above them.
  const sentence = lines.findLast((line) => /^(?:\w*Error|ptrack\w*|error|cannot)\b/i.test(line))
  return sentence ?? lines.at(-1) ?? null
}
