/** Paths of the small drawings: few elements, whatever they show. */
import type { CountBucket, RunBar } from '../protocol/overview.ts'
import type { Scale } from '../words/scales.ts'

const round = (n: number): number => Math.round(n * 10) / 10

/** A line, and the area below it; broken where nothing was measured. */
export function linePaths(
  values: readonly (number | null)[],
  { low, high }: Scale,
  width: number,
  height: number,
): { line: string; area: string } {
  let line = ''
  let area = ''
  let from = 0
  const step = width / Math.max(1, values.length - 1)
  const y = (value: number): number => round(height - 1 - ((value - low) / (high - low || 1)) * (height - 2))
  const close = (last: number): void => {
    if (last >= from) area += `${subpath(from, last)}L${round(last * step)} ${height}L${round(from * step)} ${height}z`
  }
  const subpath = (first: number, last: number): string =>
    values
      .slice(first, last + 1)
      .map((value, i) => `${i === 0 ? 'M' : 'L'}${round((first + i) * step)} ${y(value!)}`)
      .join('')
  values.forEach((value, i) => {
    if (value !== null) return
    if (i > from) {
      line += subpath(from, i - 1)
      close(i - 1)
    }
    from = i + 1
  })
  if (from < values.length) {
    line += subpath(from, values.length - 1)
    close(values.length - 1)
  }
  return { line, area }
}

export const STRIP = { runs: 30, width: 120, height: 20 }

/** What ended well stands on the line, what failed hangs below it; the height is how long it took, on a logarithmic scale. */
export function stripPaths(runs: readonly RunBar[]): { class: string; d: string }[] {
  const shown = runs.slice(-STRIP.runs)
  const paths = new Map<string, string>()
  shown.forEach(({ outcome, durationMs }, i) => {
    const x = STRIP.width - (shown.length - i) * 4 + 1.5
    const share = Math.min(1, Math.log10(Math.max(1, durationMs / 100)) / 7)
    const [name, sign] = kindOf(outcome)
    const px = round(sign < 0 ? -(2 + share * 10) : 2 + share * 4)
    paths.set(name, `${paths.get(name) ?? ''}M${x} ${sign < 0 ? 13 : 14}v${px}`)
  })
  return [...paths].map(([name, d]) => ({ class: name, d }))
}

function kindOf(outcome: RunBar['outcome']): [name: string, sign: -1 | 1] {
  if (outcome === null) return ['live', -1]
  if (outcome === 'failed' || outcome === 'timeout') return ['fail', 1]
  if (outcome === 'interrupted') return ['lost', 1]
  return [outcome === 'cancelled' ? 'cancel' : 'done', -1]
}

export function stripWords(name: string, runs: readonly RunBar[]): string {
  const shown = runs.slice(-STRIP.runs)
  const failed = shown.filter(({ outcome }) => kindOf(outcome)[1] > 0).length
  const lives = shown.filter(({ outcome }) => outcome === null).length
  const parts = [
    [shown.length - failed - lives, 'ended well'],
    [failed, 'failed'],
    [lives, 'running now'],
  ] as const
  const said = parts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`)
  return `Last ${shown.length === 1 ? 'run' : `${shown.length} runs`} of ${name}: ${said.join(', ')}`
}

/** One bar for each bucket; what failed stands on top of what ended well. */
export function barPaths(
  buckets: readonly CountBucket[],
  of: 'failed' | 'waiting' | 'ended',
  width: number,
  height: number,
): Record<'data' | 'done' | 'fail', string> {
  const top = Math.max(1, ...buckets.map((bucket) => bucket[of]))
  const step = width / Math.max(1, buckets.length)
  const paths = { data: '', done: '', fail: '' }
  const px = (count: number): number => round((count / top) * (height - 1))
  buckets.forEach((bucket, i) => {
    const x = round((i + 0.5) * step)
    if (of === 'waiting' && bucket.waiting > 0) paths.data += `M${x} ${height}v${-px(bucket.waiting)}`
    if (of === 'ended' && bucket.ended > bucket.failed) paths.done += `M${x} ${height}v${-px(bucket.ended - bucket.failed)}`
    const below = of === 'ended' ? px(bucket.ended - bucket.failed) : 0
    if (of !== 'waiting' && bucket.failed > 0) paths.fail += `M${x} ${round(height - below)}v${-px(bucket.failed)}`
  })
  return paths
}

/** One bar for each check, oldest first: what passed stands on a line, as high as it took long (logarithmic); what failed hangs below it. */
export function checkBars(
  results: readonly { ok: boolean; latencyMs: number | null }[],
  width: number,
  height: number,
): Record<'done' | 'fail', string> {
  const step = width / Math.max(1, results.length)
  const line = Math.round(height * 0.6)
  const paths = { done: '', fail: '' }
  results.forEach(({ ok, latencyMs }, i) => {
    const x = round((i + 0.5) * step)
    const share = Math.min(1, Math.log10(Math.max(1, latencyMs ?? 1)) / 4)
    if (ok) paths.done += `M${x} ${line}v${round(-(3 + share * (line - 3)))}`
    else paths.fail += `M${x} ${line}v${height - line}`
  })
  return paths
}
