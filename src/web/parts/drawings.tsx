/** The one way to draw runs, states, loads and counts. Each stands beside its figures, or has a sentence. */
import type { CountBucket, RunBar } from '../../protocol/overview.ts'
import type { Scale } from '../../words/scales.ts'
import { isBad, stateParts } from '../../words/state-parts.ts'
import { STATES, type State } from '../../words/states.ts'
import { barPaths, linePaths, STRIP, stripPaths, stripWords } from '../drawings.ts'

const WIDE = { width: 96, height: 28 }
const SMALL = { width: 56, height: 20 }

interface SparkProps {
  values: readonly (number | null)[]
  scale: Scale
  wide?: boolean
  hot?: boolean
}

export function Spark({ values, scale, wide = false, hot = false }: SparkProps) {
  const { width, height } = wide ? WIDE : SMALL
  const { line, area } = linePaths(values, scale, width, height)
  return (
    <svg
      class={`spark ${wide ? 'wide' : ''} ${hot ? 'hot' : ''}`}
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <path class="area" d={area} />
      <path class="line" d={line} />
    </svg>
  )
}

export function CountBars({
  buckets,
  of,
  label,
}: {
  buckets: readonly CountBucket[]
  of: 'failed' | 'waiting' | 'ended'
  label: string
}) {
  const paths = barPaths(buckets, of, WIDE.width, WIDE.height)
  return (
    <svg class="count-bars" viewBox={`0 0 ${WIDE.width} ${WIDE.height}`} preserveAspectRatio="none" role="img" aria-label={label}>
      {Object.entries(paths).map(([name, d]) => d !== '' && <path key={name} class={name} d={d} />)}
    </svg>
  )
}

export function RunStrip({ name, runs }: { name: string; runs: readonly RunBar[] }) {
  if (runs.length === 0) return null
  return (
    <svg class="strip" viewBox={`0 0 ${STRIP.width} ${STRIP.height}`} role="img" aria-label={stripWords(name, runs)}>
      <path class="base" d={`M0 13.5H${STRIP.width - 1}`} />
      {stripPaths(runs).map(({ class: kind, d }) => (
        <path key={kind} class={kind} d={d} />
      ))}
    </svg>
  )
}

/** Bad parts are taller: they are seen without their colour. */
export function StateBar({ name, states }: { name: string; states: readonly State[] }) {
  const parts = stateParts(states)
  const words = parts.map(({ state, count }) => `${count} ${STATES[state].word}`)
  return (
    <svg class="state" role="img" aria-label={`${name}: ${words.join(', ')}`}>
      {parts.map(({ state, hue, from, width }) => (
        <rect key={state} class={hue} x={`${from}%`} width={`${width}%`} y={isBad(hue) ? 0 : 2} height={isBad(hue) ? 10 : 6} />
      ))}
    </svg>
  )
}
