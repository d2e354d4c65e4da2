/** Logs, environments and results of no process, by their file names. Ownership is checked again right before a removal. */
import { PtrackError } from '../protocol/errors.ts'
import type { GarbageItem, GarbageReport } from '../protocol/job-requests.ts'
import { limits } from '../protocol/limits.ts'
import { GARBAGE, type GarbageKind, garbageName } from '../protocol/names.ts'
import type { Host } from './host.ts'

interface Found extends GarbageItem {
  owned(): boolean
  remove(): Promise<void>
}

/** `NAME~ID`: the logs of an older process of that name. */
const OLDER = /^.+~(?<id>[0-9a-f]{12})$/

export class Garbage {
  private readonly host: Host
  private busy: Promise<unknown> = Promise.resolve()

  constructor(host: Host) {
    this.host = host
  }

  collect({ dryRun, only = [...GARBAGE] }: { dryRun: boolean; only?: GarbageKind[] | undefined }): Promise<GarbageReport> {
    return this.inTurn(async () => {
      const found: Found[] = []
      if (only.includes('logs')) found.push(...(await this.logs(Number.POSITIVE_INFINITY)))
      if (only.includes('environments')) found.push(...(await this.environments()))
      if (only.includes('results')) found.push(...(await this.results()))
      const notices = dryRun ? [] : await this.remove(found)
      const items = found
        .sort((a, b) => b.bytes - a.bytes)
        .map(({ kind, name, id, files, bytes }) => ({ kind, name, id, files, bytes }))
      const bytes = items.reduce((sum, item) => sum + item.bytes, 0)
      return { dryRun, items: items.slice(0, limits.garbageItems), count: items.length, bytes, notices }
    })
  }

  /** Removes unowned logs not written since (epoch ms); answers the number of names. */
  sweepLogs(beforeMs: number): Promise<number> {
    return this.inTurn(async () => {
      if (beforeMs === Number.NEGATIVE_INFINITY) return 0
      const found = await this.logs(beforeMs)
      const { log } = this.host.world
      for (const notice of await this.remove(found)) log.warn('Garbage', notice)
      if (found.length > 0)
        log.info('Garbage', `logs of ${found.length} processes that are gone were kept long enough and are removed`)
      return found.length
    })
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.busy.then(work)
    // The caller gets the failure; the next in turn is not affected.
    this.busy = result.catch(() => undefined)
    return result
  }

  private async remove(found: Found[]): Promise<string[]> {
    const notices: string[] = []
    for (const item of [...found]) {
      try {
        // A process of that name may have been defined meanwhile.
        if (item.owned()) found.splice(found.indexOf(item), 1)
        else await item.remove()
      } catch (error) {
        if (!(error instanceof PtrackError) && !(error instanceof Error && 'syscall' in error)) throw error
        found.splice(found.indexOf(item), 1)
        notices.push(`cannot remove the ${item.kind} of ${garbageName(item)}: ${error.message}`)
      }
    }
    return notices
  }

  private async logs(beforeMs: number): Promise<Found[]> {
    const { world, registry } = this.host
    const owned = (name: string): boolean => {
      if (registry.named(name) !== undefined || registry.coming.has(name)) return true
      const id = OLDER.exec(name)?.groups?.id
      return id !== undefined && registry.get(id) !== undefined
    }
    return [...(await world.logs.stored((name) => !owned(name)))]
      .filter(([, { writtenMs }]) => writtenMs < beforeMs)
      .map(([name, { files, bytes }]) => ({
        kind: 'logs',
        name,
        id: null,
        files,
        bytes,
        owned: () => owned(name),
        remove: () => world.logs.remove(name),
      }))
  }

  private async environments(): Promise<Found[]> {
    const { world, registry } = this.host
    const owned = (name: string): boolean => registry.has('name', name) || registry.coming.has(name)
    return [...(await world.envs.list())]
      .filter(([name]) => !owned(name))
      .map(([name, bytes]) => ({
        kind: 'environments',
        name,
        id: null,
        files: 1,
        bytes,
        owned: () => owned(name),
        remove: () => world.envs.remove(name),
      }))
  }

  private async results(): Promise<Found[]> {
    const { world, registry } = this.host
    const owned = (id: string): boolean => registry.get(id) !== undefined
    const found = [...(await world.results.list())].filter(([id]) => !owned(id))
    const names = await this.namesOf(found.map(([id]) => id))
    return found.map(([id, bytes]) => ({
      kind: 'results',
      name: names.get(id) ?? id,
      id,
      files: 1,
      bytes,
      owned: () => owned(id),
      remove: () => world.results.remove(id),
    }))
  }

  /** From the history: the processes are gone. */
  private async namesOf(ids: readonly string[]): Promise<Map<string, string>> {
    const { history, log } = this.host.world
    const sought = new Set(ids)
    const names = new Map<string, string>()
    if (sought.size === 0) return names
    try {
      await history.scan({}, ({ id, name }) => {
        if (sought.delete(id)) names.set(id, name)
        return sought.size > 0
      })
    } catch (error) {
      if (!(error instanceof PtrackError)) throw error
      log.warn('Garbage', `${error.message}; results are listed by ids`)
    }
    return names
  }
}
