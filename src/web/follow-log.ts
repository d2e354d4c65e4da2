/** Loads a log: pages of the past, then new lines, each once. */
import type { Notifications } from '../protocol/requests.ts'
import { listen, request } from './app-state.ts'
import { type LogLines, MOST_LINES } from './log-lines.ts'
import { RequestError } from './wire.ts'

/** Returns how to stop. Continues after the lines in `log`, so that a reconnect neither loses nor doubles any. */
export function followLog(name: string, log: LogLines, onChange: () => void, onError: (error: Error) => void): () => void {
  let stopped = false
  let follow: string | null = null
  // Pages may arrive before the reply that identifies their follow.
  const early: Notifications['logs'][] = []
  const take = ({ lines, cursor, notices }: Notifications['logs']): void => {
    log.add(lines)
    log.notices.push(...notices)
    log.cursor = cursor
    onChange()
  }
  const off = listen('logs', (page) => {
    if (follow === null) early.push(page)
    else if (page.follow === follow) take(page)
  })
  const run = async (): Promise<void> => {
    let more = true
    while (more && !stopped) {
      const query = log.cursor === null ? { targets: [name], tail: MOST_LINES } : { targets: [name], cursor: log.cursor }
      const page = await request('logs.read', query)
      if (stopped) return
      log.add(page.lines)
      log.notices.push(...page.notices)
      log.cursor = page.cursor
      more = page.more
      onChange()
    }
    if (stopped) return
    const reply = await request('logs.follow', { cursor: log.cursor! })
    follow = reply.follow
    if (stopped) unfollow(follow)
    for (const page of early) if (page.follow === follow) take(page)
  }
  run().catch((error: Error) => stopped || onError(error))
  return () => {
    stopped = true
    off()
    if (follow !== null) unfollow(follow)
  }
}

function unfollow(follow: string): void {
  request('logs.unfollow', { follow }).catch((error: unknown) => {
    if (!(error instanceof RequestError) || error.code !== 'UNREACHABLE') throw error
  })
}
