/**
 * process-state.json and its journal: the processes of one PTRACK_HOME, written as a group, one write at a time; the next
 * includes everything changed since. When the disk refuses, supervision continues, the waiting callers get the error, and the
 * store retries.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import type { Clock, DaemonLog, LoadedState, ProcessRecord, StateStore } from '../../core/world.ts'
import { PtrackError } from '../../protocol/errors.ts'
import { type ErrnoError, errnoHint, errnoWords, isErrno } from '../errno.ts'
import { removeIfThere, temporaryName } from './atomic-file.ts'
import { createDocument } from './document.ts'
import { type FileSystem, realFileSystem } from './file-system.ts'
import { JOURNAL_FILE } from './journal.ts'
import { readState } from './load-state.ts'
import { createSaver, type Saver } from './saver.ts'
import { createSetAside, type SetAside } from './set-aside.ts'

export const STATE_FILE = 'process-state.json'

/** Changes without a waiting caller gather this long; longer on a slow disk, so that it is idle four fifths of the time. */
const GATHER_MS = 500
const GATHER_PER_WRITE = 4
const GATHER_MS_MAX = 5000
const RETRY_MS = 1000
const RETRY_MS_MAX = 30_000
/** The journal is folded this long after the last change, so that process-state.json shows the present state. */
const QUIET_MS = 30_000

export interface StateStoreOptions {
  dir: string
  /** The present record of a process; undefined once it is gone. */
  read(id: string): ProcessRecord | undefined
  bootId: string
  clock: Clock
  log: DaemonLog
  /** Owner of migrated processes. */
  user: string
  fs?: FileSystem
}

interface Waiter {
  change: number
  resolve(): void
  reject(error: PtrackError): void
}

export function createStateStore({ dir, read, bootId, clock, log, user, fs = realFileSystem }: StateStoreOptions): StateStore {
  const file = join(dir, STATE_FILE)
  const previous = `${file}.prev`
  const journal = join(dir, JOURNAL_FILE)
  const document = createDocument(read)
  const listeners: ((error: string | null) => void)[] = []
  let setAside: SetAside | null = null
  let saver: Saver | null = null
  /** Changes are numbered; all up to `saved` are on disk. */
  let lastChange = 0
  let saved = 0
  let waiters: Waiter[] = []
  let writing: Promise<void> | null = null
  let cancelTimer: (() => void) | null = null
  let cancelQuiet: (() => void) | null = null
  /** The next write leaves nothing in the journal. */
  let wholeDue = false
  let failure: { error: PtrackError; sinceMs: number; retryMs: number } | null = null
  let closed = false
  let writes = 0
  let lastWriteMs = 0

  async function load(): Promise<LoadedState> {
    assert(setAside === null, 'the state is loaded once')
    const wallMs = clock.wall()
    const {
      settings,
      aside,
      bytes,
      nextNumber,
      journal: found,
      ...loaded
    } = await readState({
      fs,
      file,
      previous,
      journal,
      now: { wallMs, owner: user },
    })
    const kept = createSetAside(fs, { main: file, previous }, aside, wallMs)
    const unsettled = aside.length > 0 || found?.applied === true
    try {
      for (const name of [file, previous, journal]) await removeIfThere(fs, temporaryName(name))
      await kept.run()
    } catch (error) {
      // Read-only or full: what was read counts, and the first successful write does this before it.
      if (!isErrno(error)) throw error
      loaded.notes.push(`could not tidy up ${dir} yet: ${errnoWords(error)}`)
    }
    setAside = kept
    document.fill({ records: loaded.records, settings, nextNumber })
    saver = createSaver({
      fs,
      files: { main: file, previous, journal },
      document,
      bootId,
      wall: clock.wall,
      found: { bytes, journal: found?.id ?? null },
    })
    for (const note of loaded.notes) log.warn('state', note)
    // So that the next load finds it settled, even if nothing else changes.
    if (unsettled) noteChange()
    return {
      records: loaded.records,
      settings,
      bootId: loaded.bootId,
      notes: loaded.notes,
      damage: loaded.damage,
      quarantined: kept.quarantined,
    }
  }

  function noteChange(): void {
    lastChange++
    if (writing === null && cancelTimer === null) gather()
  }

  function gather(): void {
    if (!closed) schedule(Math.min(Math.max(GATHER_MS, lastWriteMs * GATHER_PER_WRITE), GATHER_MS_MAX))
  }

  function schedule(ms: number): void {
    cancelTimer = clock.wakeAfter(ms, () => {
      cancelTimer = null
      // Only our own retries back off: a burst of commands against a full disk must not delay recovery.
      if (failure !== null) failure.retryMs = Math.min(failure.retryMs * 2, RETRY_MS_MAX)
      writeNow()
    })
  }

  function writeNow(): void {
    cancelTimer?.()
    cancelTimer = null
    writing ??= write().finally(() => {
      writing = null
      if (waiters.length > 0) writeNow()
      else if (failure !== null && !closed) schedule(failure.retryMs)
      else if (lastChange > saved) gather()
    })
  }

  async function write(): Promise<void> {
    assert(setAside && saver, 'the state is loaded before it is written')
    // One turn later, so that a burst of requests shares this write.
    await Promise.resolve()
    const change = lastChange
    const whole = wholeDue
    wholeDue = closed
    cancelQuiet?.()
    cancelQuiet = null
    const beganMono = clock.mono()
    try {
      await setAside.run()
      await saver.save(whole)
    } catch (error) {
      if (!isErrno(error)) throw error
      notify(change, fail(error))
      return
    }
    if (change > saved) writes++
    saved = change
    lastWriteMs = clock.mono() - beganMono
    notify(change, null)
    recover()
    if (saver.journaled() && !closed) {
      cancelQuiet = clock.wakeAfter(QUIET_MS, () => {
        cancelQuiet = null
        wholeDue = true
        writeNow()
      })
    }
  }

  function notify(change: number, error: PtrackError | null): void {
    const ready = waiters.filter((waiter) => waiter.change <= change)
    waiters = waiters.filter((waiter) => waiter.change > change)
    for (const waiter of ready) error === null ? waiter.resolve() : waiter.reject(error)
  }

  function fail(cause: ErrnoError): PtrackError {
    const error = new PtrackError('STATE_WRITE_FAILED', `cannot save the state: ${errnoWords(cause)}`, {
      hint: `${errnoHint(cause, dir)}; ptrack goes on and saves by itself once it can`,
      cause,
    })
    const news = failure?.error.message !== error.message
    failure = { error, sinceMs: failure?.sinceMs ?? clock.wall(), retryMs: failure?.retryMs ?? RETRY_MS }
    if (news) {
      log.error('state', `${error.message}; ${error.hint}`, cause)
      for (const listener of listeners) listener(error.message)
    }
    return error
  }

  function recover(): void {
    if (failure === null) return
    failure = null
    log.info('state', 'the state is saved again')
    for (const listener of listeners) listener(null)
  }

  const flush = (): Promise<void> => {
    if (saved >= lastChange) return Promise.resolve()
    return new Promise((resolve, reject) => {
      waiters.push({ change: lastChange, resolve, reject })
      writeNow()
    })
  }

  return {
    load,
    put: (id) => {
      document.put(id)
      noteChange()
    },
    remove: (id) => {
      document.remove(id)
      noteChange()
    },
    takeNumber: () => document.takeNumber(),
    nextNumber: () => document.nextNumber(),
    putSettings: (settings) => {
      document.putSettings(settings)
      noteChange()
    },
    flush,
    health: () => ({
      error: failure?.error.message ?? null,
      sinceMs: failure?.sinceMs ?? null,
      bytes: saver?.bytes() ?? null,
      writes,
    }),
    onHealthChange: (listener) => void listeners.push(listener),
    close: async () => {
      closed = true
      cancelTimer?.()
      cancelTimer = null
      cancelQuiet?.()
      cancelQuiet = null
      wholeDue = true
      await flush()
      await writing
      // Only during a pending write. Should it fail now, the journal keeps it for the next daemon.
      if (saver?.journaled()) writeNow()
      await writing
    },
  }
}
