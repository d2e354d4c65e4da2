import type { Clock } from '../core/world.ts'

/** Node turns longer delays into 1 ms, with a warning; they are split into pieces of this length. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

export function createClock(): Clock {
  return { mono, wall: Date.now, wakeAfter }
}

/** CLOCK_MONOTONIC itself, not the time since process start: saved deadlines survive a restart of the daemon. */
function mono(): number {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1000 + nanoseconds / 1e6
}

interface Alarm {
  dueMono: number
  callback: () => void
  timer: NodeJS.Timeout | undefined
}

/** Several per started process, so each keeps little alive. */
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
  // A piece of a long wait ended, or the timer was early: Node counts from when its loop last looked.
  if (mono() < alarm.dueMono) arm(alarm)
  else alarm.callback()
}
