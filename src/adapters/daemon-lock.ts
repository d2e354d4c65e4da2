/**
 * One daemon per PTRACK_HOME, however many start at once, after kill -9 and after power loss.
 *
 * Node has no flock, and removing the lock file of a dead holder is a trap: of two daemons that both see it, the slower one
 * removes the lock that the faster one has just made. So taking over removes nothing. daemon.lock/ holds numbered
 * generations, and the highest one is the lock:
 *   - a generation is a symbolic link whose target names its holder: made atomically, so exactly one contender gets a
 *     number; and short enough to need no block of a full disk;
 *   - a contender that finds the highest holder dead (pid, start time, boot id) or released may try the next number only.
 *     If that is taken, it looks again, and finds who took it;
 *   - a contender that slept between looking and linking may get a number that was long passed and removed. It looks again
 *     after linking, sees a higher one, and gives its own back. Only the holder of a still higher one removes the highest,
 *     so two can never both be the highest.
 * The last KEPT generations stay, so that a look (readdir) during their removal cannot miss every higher one.
 */
import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, renameSync, symlinkSync, unlinkSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { type Identity, sameIdentity } from '../core/state.ts'
import { DAEMON_INFO_FILE, type DaemonInfo, readDaemonInfo } from '../protocol/daemon-info.ts'
import { PtrackError } from '../protocol/errors.ts'
import { generations, holderOf, LOCK_DIRECTORY, linkTarget } from '../protocol/lock-link.ts'
import { bindableSocketPath } from '../protocol/socket-path.ts'
import { errnoHint, errnoWords, hasCode, isErrno } from './errno.ts'
import { removeIfThere, replaceFile } from './state/atomic-file.ts'
import { realFileSystem } from './state/file-system.ts'

const KEPT = 8
/** Each round somebody else made progress; this many in a row mean that something is wrong with the directory. */
const ROUNDS = 1000
/** A listening daemon's kernel accepts at once, however busy the daemon is. */
const ANSWER_MS = 1000

export interface DaemonLock {
  /** The link that is the lock, and its content while this daemon holds it. */
  readonly link: { file: string; content: string }
  /** Writes daemon.json; call once, when the daemon listens. */
  publish(info: DaemonInfo): Promise<void>
  /** Removes daemon.json and lets the next daemon in while this process is still alive. The last act of a clean exit. */
  release(): Promise<void>
}

export type LockOutcome =
  | { held: true; lock: DaemonLock }
  /** `holder` is null when a daemon answers that is invisible from here, such as in another container. */
  | { held: false; holder: Identity | null }

export interface LockOptions {
  identity: Identity
  alive(identity: Identity): boolean
}

/** Rejects with PtrackError FAILED when the home cannot be written. */
export async function acquireDaemonLock(home: string, options: LockOptions): Promise<LockOutcome> {
  const dir = join(home, LOCK_DIRECTORY)
  try {
    makeDirectory(dir)
    return await contend(home, dir, options)
  } catch (cause) {
    if (!isErrno(cause)) throw cause
    throw new PtrackError('FAILED', `cannot lock ${home}: ${errnoWords(cause)}`, { hint: errnoHint(cause, dir), cause })
  }
}

async function contend(home: string, dir: string, { identity, alive }: LockOptions): Promise<LockOutcome> {
  const content = linkTarget(identity)
  for (let round = 0; round < ROUNDS; round++) {
    const highest = Math.max(0, ...generations(dir))
    const holder = highest === 0 ? null : presentHolder(dir, highest)
    // One of another boot is dead, whatever process has its pid now.
    if (holder !== null && holder.bootId === identity.bootId && alive(holder)) return { held: false, holder }
    // A socket file works across pid namespaces, where the holder's pid means nothing.
    if (await answers(home)) return { held: false, holder: null }
    const mine = highest + 1
    if (!make(dir, mine, content)) continue
    if (Math.max(...generations(dir)) === mine) {
      sweep(dir, mine)
      return { held: true, lock: createLock(home, dir, mine, identity) }
    }
    removeSync(nameOf(dir, mine))
  }
  throw new PtrackError('FAILED', `cannot lock ${home}: other daemons took it ${ROUNDS} times in a row`, {
    hint: `see who writes to ${dir}`,
  })
}

/** One mkdir: the home exists, or something is wrong with it. */
function makeDirectory(dir: string): void {
  try {
    mkdirSync(dir, { mode: 0o700 })
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error
  }
}

const nameOf = (dir: string, generation: number): string => join(dir, String(generation))

const RELEASED = 'released'

/** Also null for one removed meanwhile: then the next look finds a higher one. */
function presentHolder(dir: string, generation: number): Identity | null {
  try {
    return holderOf(dir, generation)
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'EINVAL')) return null
    throw error
  }
}

/** False when the number is taken. */
function make(dir: string, generation: number, content: string): boolean {
  try {
    symlinkSync(content, nameOf(dir, generation))
    return true
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false
    throw error
  }
}

const temporary = (dir: string): string => join(dir, `new-${process.pid}-${randomBytes(6).toString('hex')}`)

function sweep(dir: string, mine: number): void {
  for (const name of readdirSync(dir)) {
    const generation = Number(name)
    if (name.startsWith('new-') || generation <= mine - KEPT) removeSync(join(dir, name))
  }
}

function removeSync(file: string): void {
  try {
    unlinkSync(file)
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error
  }
}

function answers(home: string): Promise<boolean> {
  const socket = bindableSocketPath(home)
  return new Promise<boolean>((resolve) => {
    const client = connect(socket.path)
    const end = (answer: boolean): void => {
      client.destroy()
      resolve(answer)
    }
    client.setTimeout(ANSWER_MS, () => end(false))
    client.on('connect', () => end(true))
    // EAGAIN: a full backlog, so somebody listens.
    client.on('error', (error) => end(hasCode(error, 'EAGAIN')))
  }).finally(socket.close)
}

function createLock(home: string, dir: string, mine: number, identity: Identity): DaemonLock {
  const file = join(home, DAEMON_INFO_FILE)
  return {
    link: { file: nameOf(dir, mine), content: linkTarget(identity) },
    publish: (info) => replaceFile(realFileSystem, file, [Buffer.from(`${JSON.stringify(info)}\n`)]),
    release: async () => {
      const info = readDaemonInfo(home)
      if (sameIdentity(info, identity)) await removeIfThere(realFileSystem, file)
      // Replaced, not removed: the number is used up for good.
      const released = temporary(dir)
      symlinkSync(RELEASED, released)
      renameSync(released, nameOf(dir, mine))
    },
  }
}

export { type DaemonInfo, readDaemonInfo }
