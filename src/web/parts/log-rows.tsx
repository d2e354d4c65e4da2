/** Lines of logs: when, whose, and the text with its colours and hits. Only those in sight are drawn. */
import { useMemo } from 'preact/hooks'
import { timeWords } from '../../words/time.ts'
import { spansOf } from '../ansi.ts'
import { useApp, useNow } from '../app-state.ts'
import { evenHeights, firstIndex, ownHeights } from '../heights.ts'
import type { HeldLine } from '../log-lines.ts'
import { markHits } from '../log-search.ts'
import { coloursOf } from '../logs/choices.ts'
import { linkTo, linkToPage } from '../route.ts'
import { useWrapping } from '../use-wrapping.ts'
import { Virtual } from './virtual.tsx'
import { exactly } from './when.tsx'

/** As in logs.css, in rem. */
const ROW = 1.125
const EDGE = 1.5
const COLUMN = { time: 4.5, day: 9.5, name: 9, stream: 2 }

interface RowsProps {
  label: string
  lines: readonly HeldLine[]
  /** Changes whenever other lines are shown, or in another order. */
  turn: string
  /** How a process is called beside its lines; null: they are of one. */
  nameOf: ((process: string) => string) | null
  pattern: RegExp | null
  current: number | null
  goTo: { number: number; turn: number }
  pinned: boolean
  onPinned(pinned: boolean): void
  onSight(first: number, last: number): void
}

export function LogRows({ label, lines, turn, nameOf, pattern, current, goTo, pinned, onPinned, onSight }: RowsProps) {
  const { settings, known } = useApp()
  const nowMs = useNow(60_000)
  const { wrapLogs: wraps, logTimes } = settings
  const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize)
  const withNames = nameOf !== null
  const colours = withNames ? coloursOf(known.views.values()) : null
  const first = lines.find(({ at }) => at !== null)?.at ?? null
  const hasDays = first !== null && new Date(first).toDateString() !== new Date(nowMs).toDateString()
  const time = logTimes ? (hasDays ? COLUMN.day : COLUMN.time) : 0
  const gutter = (time + (withNames ? COLUMN.name : 0) + COLUMN.stream + EDGE) * rem
  const wrapping = useWrapping(wraps, ROW * rem, gutter)
  const heights = useMemo(
    () => (wraps ? ownHeights(lines.length, (i) => wrapping.heightOf(lines[i]!)) : evenHeights(lines.length, ROW * rem)),
    [wraps, wrapping.turn, turn, rem],
  )
  return (
    <Virtual
      class={['log', wraps && 'wrapped', withNames && 'mixed', logTimes && 'timed', hasDays && 'days'].filter(Boolean).join(' ')}
      role="log"
      label={label}
      heights={heights}
      pinned={pinned}
      onPinned={onPinned}
      onSight={onSight}
      keyOf={(index) => lines[index]!.number}
      onWidth={wrapping.onWidth}
      onMeasured={wraps ? (index, px) => wrapping.onMeasured(lines[index]!, px) : undefined}
      goTo={{
        index: Math.max(
          0,
          firstIndex(lines.length, (i) => lines[i]!.number >= goTo.number, 0),
        ),
        turn: goTo.turn,
      }}
      row={(index) => {
        const line = lines[index]!
        return (
          <div key={line.number} class={`line ${line.stream} l-${line.level} ${line.number === current ? 'current' : ''}`}>
            {logTimes && <Time line={line} nowMs={nowMs} />}
            {nameOf !== null && (
              <a
                class={`name cut ${colours?.get(line.process) ?? ''}`}
                href={linkTo(line.process, 'log')}
                tabIndex={-1}
                title={line.process}
              >
                {nameOf(line.process)}
              </a>
            )}
            <i>{line.stream === 'err' ? 'err' : ''}</i>
            <span class="text">
              {markHits(spansOf(line.text), line, pattern).map(({ text, className, isHit }, i) =>
                isHit ? (
                  <mark key={i}>{text}</mark>
                ) : (
                  <span key={i} class={className || undefined}>
                    {text}
                  </span>
                ),
              )}
            </span>
          </div>
        )
      }}
    />
  )
}

/** Left and right of a moment, of all processes. */
const AROUND_MS = 5000

/** Leads to what all wrote around that moment. */
function Time({ line: { at }, nowMs }: { line: HeldLine; nowMs: number }) {
  if (at === null) return <span />
  const ms = Date.parse(at)
  const iso = (each: number): string => `${new Date(each).toISOString().slice(0, 19)}Z`
  const link = linkToPage('logs', { of: 'all', from: iso(ms - AROUND_MS), to: iso(ms + AROUND_MS + 1000) })
  return (
    <a class="time" href={link} tabIndex={-1} title={`${exactly(at)}: what all wrote around it`}>
      {timeWords(at, nowMs)}
    </a>
  )
}
