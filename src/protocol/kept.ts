/** How long things are kept by default, ms. */
const DAY_MS = 86_400_000

export const KEPT_MS = {
  endedMs: DAY_MS,
  failedMs: 7 * DAY_MS,
  historyMs: 400 * DAY_MS,
  logsMs: 90 * DAY_MS,
} as const
