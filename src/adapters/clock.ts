import type { Clock } from '../core/world.ts'

/** Node turns a longer delay into 1 ms, with a warning; longer waits are cut into pieces of this. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

export function createClock(): Clock {
  return { mono, wall: Date.now, wakeAfter }
}

/** CLOCK_MONOTONIC itself, not time since this process began: saved deadlines hold over a restart of the daemon. */
function mono(): number {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1000 + nanoseconds / 1e6
}

interface Alarm {
  dueMono: number
  callback: () => void
  timer: NodeJS.Timeout | undefined
}

/** Several for each process that starts: what one keeps alive is kept small. */
function wakeAfter(ms: number, callback: () => void): () => void {
  const alarm: Alarm = { dueMono: mono() + ms, callback, timer: undefined }
  arm(alarm)
  return () => clearTimeout(alarm.timer)
}

function arm(alarm: Alarm): void {
  alarm.timer = setTimeout(fire, Math.min(Math.ceil(Math.max(0, alarm.dueMono - mono())), LONGEST_TIMER_MS), alarm)
  alarm.timer.unref()
}

function fire(alarm: Alarm): void {
  // The end of a long wait's piece, or a fraction of a millisecond early: Node counts from when its loop last looked.
  if (mono() < alarm.dueMono) arm(alarm)
  else alarm.callback()
}
