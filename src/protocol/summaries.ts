/** What each request does, in one line: for its command, its route and the documents. */
import type { Method } from './requests.ts'

export const SUMMARIES = {
  cancel: 'end jobs as cancelled; results so far are kept',
  delete: 'stop and remove processes; their logs and results stay unless --purge',
  flush: 'empty the logs',
  pause: 'pause processes at their next checkpoint; freeze programs that have none',
  reload: 'restart instances one by one, waiting for each to be healthy',
  reset: 'reset restart counters and crash loops',
  restart: 'restart processes, and start stopped ones',
  resume: 'resume paused processes',
  stop: 'stop processes and everything they started',
  signal: 'send a signal to the program of each process, not to what it started',
} as const satisfies Partial<Record<Method, string>>
