/** Loads a log, or several merged by time: the newest lines, older pages when they are wanted, then new lines, each once. */
import type { Input, Notifications, Reply } from '../../protocol/requests.ts'
import { listen, request } from '../app-state.ts'
import type { LogLines } from '../log-lines.ts'
import { RequestError } from '../wire.ts'

export interface LogSource {
  targets: readonly string[]
  stream: 'both' | 'out' | 'err'
  /** Of this run alone. */
  run?: number
  /** Of this time alone: read from its beginning on, and not followed. */
  sinceMs?: number
  untilMs?: number
}

/** What is there at once, and what is added with each step back. */
const FIRST = 1000
const PAGE = 5000

export interface Feed {
  /** Lines before the first one, or after the last of a time; false when there are none, or they are being loaded. */
  older(): Promise<boolean>
  newer(): Promise<boolean>
  stop(): void
}

/** Continues after the lines in `log`, so that a reconnect neither loses nor doubles any. */
export function feedLog(source: LogSource, log: LogLines, onChange: () => void, onError: (error: Error) => void): Feed {
  const { targets, stream, run, sinceMs, untilMs } = source
  const isOfTime = sinceMs !== undefined
  const common = { targets: [...targets], stream, ...(run === undefined ? {} : { run }) }
  let stopped = false
  let busy = false
  let hasMore = false
  let follow: string | null = null
  // Pages may arrive before the reply that identifies their follow.
  const early: Notifications['logs'][] = []
  const take = ({ lines, cursor, notices }: Pick<Notifications['logs'], 'lines' | 'cursor' | 'notices'>): void => {
    log.add(lines)
    note(log, notices)
    log.cursor = cursor
    onChange()
  }
  const off = isOfTime
    ? () => {}
    : listen('logs', (page) => {
        if (follow === null) early.push(page)
        else if (page.follow === follow) take(page)
      })
  /** All of an answer that may come in several pages. */
  const whole = async (query: Input<'logs.read'>): Promise<{ pages: Reply<'logs.read'>[]; before: string | null }> => {
    const pages = [await request('logs.read', query)]
    while (pages.at(-1)!.more && !stopped)
      pages.push(await request('logs.read', { targets: [...targets], cursor: pages.at(-1)!.cursor }))
    return { pages, before: pages[0]!.before ?? null }
  }
  const begin = async (): Promise<void> => {
    if (log.cursor === null) {
      const query = isOfTime
        ? { ...common, sinceMs, ...(untilMs === undefined ? {} : { untilMs }), max: FIRST }
        : { ...common, tail: FIRST }
      const page = await request('logs.read', query)
      if (stopped) return
      log.before = page.before ?? null
      take(page)
      hasMore = page.more
    } else hasMore = true
    if (isOfTime) return
    while (hasMore && !stopped) {
      const page = await request('logs.read', { targets: [...targets], cursor: log.cursor! })
      if (stopped) return
      take(page)
      hasMore = page.more
    }
    if (stopped) return
    const reply = await request('logs.follow', { cursor: log.cursor! })
    follow = reply.follow
    if (stopped) unfollow(follow)
    for (const page of early) if (page.follow === follow) take(page)
  }
  const once = async (load: () => Promise<void>): Promise<boolean> => {
    if (busy || stopped) return false
    busy = true
    try {
      await load()
      if (!stopped) onChange()
      return !stopped
    } catch (error) {
      if (!stopped) onError(error as Error)
      return false
    } finally {
      busy = false
    }
  }
  void once(begin)
  return {
    older: () =>
      log.before === null || log.isFull || isOfTime
        ? Promise.resolve(false)
        : once(async () => {
            const { pages, before } = await whole({ ...common, before: log.before!, tail: PAGE })
            if (stopped) return
            log.prepend(pages.flatMap(({ lines }) => lines))
            log.before = before
          }),
    newer: () =>
      !isOfTime || !hasMore || log.isFull
        ? Promise.resolve(false)
        : once(async () => {
            const page = await request('logs.read', { targets: [...targets], cursor: log.cursor!, max: PAGE })
            if (stopped) return
            take(page)
            hasMore = page.more
          }),
    stop: () => {
      stopped = true
      off()
      if (follow !== null) unfollow(follow)
    },
  }
}

function note(log: LogLines, notices: readonly string[]): void {
  for (const notice of notices) if (!log.notices.includes(notice)) log.notices.push(notice)
}

function unfollow(follow: string): void {
  request('logs.unfollow', { follow }).catch((error: unknown) => {
    if (!(error instanceof RequestError) || error.code !== 'UNREACHABLE') throw error
  })
}
