/** Following logs from a cursor on. */
import type { DaemonLog } from '../../core/world.ts'
import type { LogFollower } from '../../core/world-logs.ts'
import { decodeCursor } from '../../protocol/log-cursor.ts'
import type { LogPage } from '../../protocol/requests.ts'
import type { ByteReader } from './bytes.ts'
import { STREAMS } from './paths.ts'
import type { ProcessLogs } from './process-logs.ts'
import { Continued } from './query.ts'
import type { Sweeper } from './sweeper.ts'

export interface FollowContext {
  reader: ByteReader
  look: (name: string) => ProcessLogs
  sweeper: Sweeper
  daemonLog: DaemonLog
}

/** Passes on pages from a cursor until closed, a turn of the event loop apart. @throws PtrackError BAD_REQUEST */
export function followLogs(context: FollowContext, cursor: string, onPage: (page: LogPage) => void): LogFollower {
  const { reader, look, sweeper, daemonLog } = context
  const streams = decodeCursor(cursor).at.flatMap(({ name, out, err }) => {
    const logs = look(name)
    return STREAMS.filter((stream) => (stream === 'out' ? out : err)).map((stream) => ({ logs, stream }))
  })
  let continued: Continued | null = null
  let closed = false
  let pumping = false
  let again = false

  const pump = async (): Promise<void> => {
    if (pumping) {
      again = true
      return
    }
    pumping = true
    try {
      continued ??= await Continued.open(reader, look, cursor)
      do {
        again = false
        for (let more = true; more && !closed; ) {
          const page = await continued.next()
          more = page.more
          if (!closed && (page.lines.length > 0 || page.notices.length > 0)) onPage(page)
          if (more) await new Promise((resolve) => setImmediate(resolve))
        }
        // Armed before the last look, so that growth in between is not missed.
        if (!closed) for (const { logs, stream } of streams) sweeper.rearm(logs, stream)
      } while (again && !closed)
    } finally {
      pumping = false
    }
  }
  const start = (): void => {
    pump().catch((error: unknown) => {
      if (closed) return
      daemonLog.error('logs', 'following a log failed; it continues when the log grows', error)
    })
  }
  const ends = streams.map(({ logs, stream }) => sweeper.listen(logs, stream, start))
  start()
  return {
    close: () => {
      closed = true
      for (const end of ends) end()
    },
  }
}
