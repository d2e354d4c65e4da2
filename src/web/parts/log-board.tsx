/** Lines of one process or of several, with all that finds something in them. What is chosen belongs to the address. */
import type { ComponentChildren } from 'preact'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { counted } from '../../words/short.ts'
import { timeWords } from '../../words/time.ts'
import { say, useApp, useNow } from '../app-state.ts'
import { firstIndex } from '../heights.ts'
import type { HeldLine, LogLines } from '../log-lines.ts'
import { patternFor, searchFor } from '../log-search.ts'
import { type Choices, LEVELS } from '../logs/choices.ts'
import { totals } from '../logs/counts.ts'
import type { LogSource } from '../logs/feed.ts'
import { useCounts } from '../logs/use-counts.ts'
import { useLog } from '../logs/use-log.ts'
import { useLogKeys } from '../logs/use-log-keys.ts'
import { saveText } from '../save-text.ts'
import { useSlash } from '../use-slash.ts'
import { LogBar } from './log-bar.tsx'
import { Histogram } from './log-histogram.tsx'
import { LogRows } from './log-rows.tsx'

interface BoardProps {
  label: string
  /** Of a file with its lines. */
  name: string
  /** Null: nothing is chosen. */
  source: LogSource | null
  nameOf: ((process: string) => string) | null
  choices: Choices
  onChange(changes: Partial<Choices>, typed?: boolean): void
  first?: ComponentChildren
  last?(log: LogLines, redraw: () => void): ComponentChildren
}

/** So close to an edge of what is held, more is loaded. */
const NEAR = 60
/** Of lines that pass a filter: as many are looked for without being asked. */
const ENOUGH = 500

export function LogBoard({ label, name, source, nameOf, choices, onChange, first, last }: BoardProps) {
  const { known } = useApp()
  const nowMs = useNow(60_000)
  const { log, search, isLoading, error, older, newer, redraw } = useLog(source)
  const counts = useCounts(source, choices)
  const field = useRef<HTMLInputElement>(null)
  const [current, setCurrent] = useState<number | null>(null)
  const [goTo, setGoTo] = useState<{ number: number; turn: number }>({ number: 0, turn: 0 })
  const [pinned, setPinned] = useState(choices.time === null)
  const [sight, setSight] = useState<readonly [number, number]>([0, 0])
  /** The last line that was there when it was followed last. */
  const seenTo = useRef(0)
  useSlash(field)
  const { text, regex, matchCase, only, levels, time } = choices
  const wanted = { text, regex, matchCase }
  const pattern = patternFor(wanted)
  const wrong = typeof pattern === 'string' ? pattern : null
  search.update(log, wanted)
  const { hits } = search
  const lastNumber = log.lines.at(-1)?.number ?? 0
  const isOnly = only && text !== '' && wrong === null
  const turn = `${log.lines[0]?.number} ${lastNumber} ${isOnly} ${isOnly && JSON.stringify(wanted)} ${levels && [...levels].join()}`
  const lines = useMemo(() => shownLines(log, isOnly ? hits : null, levels), [log, turn])
  if (pinned) seenTo.current = lastNumber
  const sourceKey = JSON.stringify(source)
  useEffect(() => {
    setPinned(time === null)
    setCurrent(null)
  }, [sourceKey])
  // What is looked for may lie before what is held.
  const looksBack =
    text !== '' && wrong === null ? !isOnly || lines.length < ENOUGH || sight[0] < NEAR : levels !== null && lines.length < ENOUGH
  const nearStart = !pinned && sight[0] < NEAR && sight[1] > 0
  const nearEnd = sight[1] > lines.length - NEAR || lines.length < ENOUGH
  const isSearching = looksBack && log.before !== null && !log.isFull && known.link === 'here'
  useEffect(() => {
    if (isSearching || nearStart) older()
    if (time !== null && (nearEnd || looksBack)) newer()
  }, [turn, isSearching, nearStart, nearEnd, looksBack])
  const at = current === null ? -1 : firstIndex(hits.length, (i) => hits[i]! >= current, -1)
  const show = (index: number): void => {
    const number = search.hits[(index + search.hits.length) % search.hits.length]
    if (number === undefined) return
    setPinned(false)
    setCurrent(number)
    setGoTo(({ turn }) => ({ number, turn: turn + 1 }))
  }
  const asked = JSON.stringify(wanted)
  const shownFor = useRef('')
  // The last hit is the most recent: shown once for each text, as soon as there is one.
  useEffect(() => {
    if (text === '' || wrong !== null) {
      shownFor.current = asked
      setCurrent(null)
    } else if (shownFor.current !== asked && hits.length > 0) {
      shownFor.current = asked
      show(hits.length - 1)
    }
  }, [asked, hits.length > 0])
  const hit = (step: 1 | -1): void => show(at < 0 ? (step === 1 ? 0 : hits.length - 1) : at + step)
  const follow = (): void => {
    if (time === null) setPinned((is) => !is)
  }
  useLogKeys({ hit, follow })
  const written = (): string => lines.map((line) => lineText(line, nameOf !== null)).join('\n')
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(written())
      say({ tone: 'quiet', text: `${counted(lines.length, 'line')} copied`, process: null })
    } catch {
      say({ tone: 'bad', text: 'The browser does not let this page copy; a download has the same lines.', process: null })
    }
  }
  const news =
    pinned || time !== null ? 0 : lines.length - firstIndex(lines.length, (i) => lines[i]!.number > seenTo.current, lines.length)
  const sums = counts === null ? null : totals(counts)
  return (
    <section class="log-board" aria-label={label}>
      <LogBar
        {...{ choices, onChange, field, first, pinned }}
        hits={{ at, count: hits.length, wrong, isSearching: isSearching || isLoading }}
        onHit={hit}
        totals={sums}
        onPinned={setPinned}
        onCopy={() => void copy()}
        onDownload={() => saveText(`${name}.log`, 'text/plain', `${written()}\n`)}
        last={last?.(log, redraw)}
      />
      {counts !== null && sums !== null && sums.all > 0 && (
        <Histogram counts={counts} time={time} onChoose={(chosen) => onChange({ time: chosen })} />
      )}
      {error !== null && <p class="error inside">{error}</p>}
      {log.notices.map((notice) => (
        <p key={notice} class="quiet inside">
          {notice}
        </p>
      ))}
      {lines.length === 0 ? (
        <div class="nothing">
          <p>{source === null ? 'No process is chosen.' : isLoading ? '' : emptyWords(choices, log)}</p>
          {log.lines.length > 0 && (
            <button type="button" onClick={() => onChange({ text: '', levels: null, only: false })}>
              Clear search and levels
            </button>
          )}
        </div>
      ) : (
        <div class="log-field">
          <LogRows
            key={sourceKey}
            {...{ label, lines, turn, nameOf, current, goTo, pinned }}
            pattern={searchFor(wanted)}
            onPinned={(is) => time === null && setPinned(is)}
            onSight={(from, to) => setSight([from, to])}
          />
          {news > 0 && (
            <button type="button" class="news" onClick={() => setPinned(true)}>
              {counted(news, 'new line')}
            </button>
          )}
        </div>
      )}
      <p class="log-foot">
        {!isLoading && <span aria-live="off">{counted(log.lines.length, 'line')}</span>}
        {lines.length < log.lines.length && <span>{counted(lines.length, 'of them is', 'of them are')} shown</span>}
        {log.dropped > 0 && <span>{counted(log.dropped, 'earlier one')} left out here</span>}
        {log.before !== null && !log.isFull && time === null && <span>earlier ones come when you scroll up</span>}
        {log.isFull && log.before !== null && <span>as many as a page holds: a part of the time shows what was before</span>}
        {time !== null && (
          <span class="bar end">
            {timeWords(new Date(time.fromMs).toISOString(), nowMs)} to {timeWords(new Date(time.toMs).toISOString(), nowMs)}
            <button type="button" onClick={() => onChange({ time: moved(time, -1) })}>
              Earlier
            </button>
            <button type="button" onClick={() => onChange({ time: moved(time, 1) })}>
              Later
            </button>
            <button type="button" onClick={() => onChange({ time: null })}>
              Newest
            </button>
          </span>
        )}
      </p>
    </section>
  )
}

const moved = ({ fromMs, toMs }: { fromMs: number; toMs: number }, step: 1 | -1) => ({
  fromMs: fromMs + step * (toMs - fromMs),
  toMs: toMs + step * (toMs - fromMs),
})

function shownLines(log: LogLines, hits: readonly number[] | null, levels: Choices['levels']): readonly HeldLine[] {
  const from = log.lines[0]?.number ?? 1
  const lines = hits === null ? log.lines : hits.map((number) => log.lines[number - from]!)
  return levels === null || levels.size === LEVELS.length ? lines : lines.filter(({ level }) => levels.has(level))
}

const lineText = ({ at, process, plain }: HeldLine, withName: boolean): string =>
  [at, withName && process, plain].filter(Boolean).join(' ')

function emptyWords({ text, levels, time }: Choices, log: LogLines): string {
  if (log.lines.length === 0) return time === null ? 'Nothing has been written yet.' : 'Nothing was written in this time.'
  const what = [text !== '' && `“${text}”`, levels !== null && 'these levels'].filter(Boolean).join(' and ')
  return `None of ${counted(log.lines.length, 'line')} matches ${what}.`
}
