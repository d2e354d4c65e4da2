/** env/NAME.json: the environment of each process (0600); its values are stored nowhere else. */
import assert from 'node:assert/strict'
import { existsSync, renameSync, type Stats, statSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { DaemonLog } from '../core/world.ts'
import type { EnvRecord, EnvStore } from '../core/world-envs.ts'
import { PtrackError } from '../protocol/errors.ts'
import { parseJson } from '../protocol/json.ts'
import { monoMs } from '../protocol/mono.ts'
import { readPlain } from '../protocol/plain-file.ts'
import { isFullName } from '../protocol/project.ts'
import { BEFORE_RELOAD, beforeReload } from '../protocol/settings.ts'
import { errnoHint, errnoWords, hasCode, isErrno, unlessAsync } from './errno.ts'
import { keepNewest } from './keep-newest.ts'
import { leaveFolder, listFilesAsync, makeFolder } from './project-folders.ts'
import { removeIfThere, replaceFile } from './state/atomic-file.ts'
import { type FileSystem, realFileSystem } from './state/file-system.ts'

/** Environments cached; a few kB each, and frequent restarts read the same ones. */
const CACHED = 64

/** Parsed texts cached: jobs submitted by one caller have equal variables, each in a file of its own. */
const TEXTS = 16

/** A thousand instances starting together share one look at their file: it is not edited within this time. */
const SAME_MOMENT_MS = 20

interface Cached {
  env: EnvRecord
  lookedMono: number
  /** Changes whenever the file is replaced or edited. */
  seen: string
}

const stampOf = (stats: Stats): string => `${stats.ino}:${stats.size}:${stats.mtimeMs}`

/** `dir`: PTRACK_HOME/env. Instances share the file of their base name, which the caller passes. */
export function createEnvStore({ dir, log, fs = realFileSystem }: { dir: string; log?: DaemonLog; fs?: FileSystem }): EnvStore {
  const cache = new Map<string, Cached>()
  const records = new Map<string, EnvRecord>()
  /** The pending change of each file: two writers would share its temporary name. */
  const turns = new Map<string, Promise<void>>()

  const fileOf = (name: string): string => {
    const process = name.endsWith(BEFORE_RELOAD) ? name.slice(0, -BEFORE_RELOAD.length) : name
    assert(isFullName(process), `not a process name: ${name}`)
    return join(dir, `${name}.json`)
  }

  function read(name: string): EnvRecord | null {
    const known = cache.get(name)
    const nowMono = monoMs()
    if (known !== undefined && nowMono - known.lookedMono < SAME_MOMENT_MS) return known.env
    const file = fileOf(name)
    try {
      const seen = stampOf(statSync(file))
      if (known?.seen === seen) {
        known.lookedMono = nowMono
        return known.env
      }
      const env = recordOf(readPlain(file))
      if (env === null) {
        setAside(name, file)
        return null
      }
      keepNewest(cache, name, { env, seen, lookedMono: nowMono }, CACHED)
      return env
    } catch (cause) {
      if (hasCode(cause, 'ENOENT')) return null
      if (!isErrno(cause)) throw cause
      // Not treated as empty: the program would start without what it needs.
      const hint = errnoHint(cause, file)
      throw new PtrackError('FAILED', `cannot read the environment of ${name}: ${errnoWords(cause)}`, { hint, cause })
    }
  }

  /** One record per text, so that what is derived from it is made once. */
  function recordOf(text: string): EnvRecord | null {
    const known = records.get(text)
    if (known !== undefined) return known
    const env = parse(text)
    if (env !== null) keepNewest(records, text, env, TEXTS)
    return env
  }

  function setAside(name: string, file: string): void {
    const kept = `${file}.corrupt-${new Date().toISOString().replace(/[:.]/g, '-')}`
    renameSync(file, kept)
    cache.delete(name)
    log?.warn('env', `the environment of ${name} could not be read; it is kept as ${kept}`)
  }

  async function inTurn(name: string, change: (file: string) => Promise<void>): Promise<void> {
    const file = fileOf(name)
    const before = turns.get(name)
    // The turn before has reported its failure to its own caller.
    const turn = (before === undefined ? Promise.resolve() : before.catch(() => undefined)).then(() => change(file))
    turns.set(name, turn)
    try {
      await turn
    } catch (cause) {
      if (!isErrno(cause)) throw cause
      throw new PtrackError('STATE_WRITE_FAILED', `cannot save the environment of ${name}: ${errnoWords(cause)}`, {
        hint: errnoHint(cause, dir),
        cause,
      })
    } finally {
      cache.delete(name)
      if (turns.get(name) === turn) turns.delete(name)
    }
  }

  return {
    read,
    write: (name, env) =>
      inTurn(name, (file) => {
        makeFolder(dir, name)
        return replaceFile(fs, file, [Buffer.from(`${JSON.stringify(env)}\n`)])
      }),
    list: async () => {
      const sizes = new Map<string, number>()
      for (const file of await listFilesAsync(dir)) {
        const name = /^(.+)\.json$/.exec(file)?.[1]
        if (name === undefined || !isFullName(name)) continue
        sizes.set(name, await unlessAsync(['ENOENT'], 0, async () => (await stat(join(dir, file))).size))
      }
      return sizes
    },
    rename: async (names) => {
      for (const [name, to] of names)
        for (const kept of [name, beforeReload(name)]) {
          const file = fileOf(kept)
          if (!existsSync(file)) continue
          makeFolder(dir, to)
          renameSync(file, fileOf(kept === name ? to : beforeReload(to)))
        }
    },
    remove: (name) =>
      inTurn(name, async (file) => {
        await removeIfThere(fs, file)
        leaveFolder(dir, name)
      }),
  }
}

/** By hand, not by schema: a variable may have any name, `__proto__` and `constructor` included. */
function parse(text: string): EnvRecord | null {
  const value = parseJson(text)
  if (typeof value !== 'object' || value === null) return null
  const { caller, set, each } = value as { caller?: unknown; set?: unknown; each?: unknown }
  if (!isVariables(caller) || !isVariables(set)) return null
  if (each === undefined) return { caller, set }
  return Array.isArray(each) && each.every(isVariables) ? { caller, set, each } : null
}

const isVariables = (value: unknown): value is Record<string, string> =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.values(value).every((text) => typeof text === 'string')
