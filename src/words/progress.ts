/** Progress in a few words, for a column, a line and a bar. Unknown parts are left out. */
import { formatDuration } from '../protocol/duration.ts'
import type { ProgressView } from '../protocol/view.ts'

/** 100 only at the end. */
export const wholePercent = (percent: number): string => `${percent >= 100 ? 100 : Math.min(99, Math.round(percent))}%`

/** `420/1000 files`, `420 files`, or null. */
export function amountWords({ current, total, unit }: ProgressView): string | null {
  if (current === null) return null
  return `${current}${total === null ? '' : `/${total}`}${unit === null ? '' : ` ${unit}`}`
}

/** Whole seconds: tenths would only flicker. */
const etaWords = (etaMs: number): string => `${formatDuration(Math.max(1000, Math.round(etaMs / 1000) * 1000))} left`

/** `3m left`, `stalled`, or null: at 100 % it may still be ending, but nothing is left to estimate. */
export function outlookWords({ stalled, etaMs, percent }: ProgressView): string | null {
  if (stalled) return 'stalled'
  return etaMs === null || (percent ?? 0) >= 100 ? null : etaWords(etaMs)
}

/** `42% 3m left`, `42% stalled`, `420 files`; null when unknown. `going` false: it has ended. */
export function progressWords(progress: ProgressView | null, going: boolean): string | null {
  if (progress === null) return null
  const done = progress.percent === null ? amountWords(progress) : wholePercent(progress.percent)
  const outlook = going ? outlookWords(progress) : null
  return [done, outlook].filter((part) => part !== null).join(' ') || null
}

/** `[#####-----]`, in ASCII for any output. */
export function bar(percent: number, width: number): string {
  const full = Math.round((Math.min(100, Math.max(0, percent)) / 100) * width)
  return `[${'#'.repeat(full)}${'-'.repeat(width - full)}]`
}
