/** access.log: one JSON object per HTTP request, rotated by size. Never a query, which may hold secrets. */
import type { Clock } from '../core/world.ts'
import type { AccessLog } from '../core/world-access.ts'
import { createLogFile } from './log-file.ts'

/** With .1 and .2: about 75,000 requests. */
const FILE_BYTES = 5 * 1024 * 1024
/** The start of a path identifies it; the rest would let a stranger fill the disk. */
const PATH_CHARS = 300

export interface AccessLogOptions {
  file: string
  clock: Pick<Clock, 'wall'>
  maxBytes?: number
}

export function createAccessLog({ file, clock, maxBytes = FILE_BYTES }: AccessLogOptions): AccessLog {
  const lines = createLogFile(file, maxBytes)
  return {
    note: ({ user, token, address, method, path, status, ms, bytes }) => {
      const asked = (path.split('?', 1)[0] ?? '').slice(0, PATH_CHARS)
      const time = new Date(clock.wall()).toISOString()
      lines.write(`${JSON.stringify({ time, user, token, address, method, path: asked, status, ms, bytes })}\n`)
    },
  }
}
