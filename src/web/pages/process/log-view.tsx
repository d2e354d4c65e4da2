/** The output of the process: coloured, followed, searched, wrapped; only visible lines are drawn. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { ProcessView } from '../../../protocol/view.ts'
import { spansOf } from '../../ansi.ts'
import { act, ask, remember, useApp } from '../../app-state.ts'
import { followLog } from '../../follow-log.ts'
import { evenHeights, firstIndex, ownHeights } from '../../heights.ts'
import { LogLines } from '../../log-lines.ts'
import { LogSearch, markHits, searchFor } from '../../log-search.ts'
import { Virtual } from '../../parts/virtual.tsx'
import { mayAct } from '../../rights.ts'
import { useSlash } from '../../use-slash.ts'
import { useWrapping } from '../../use-wrapping.ts'

/** As in process.css. */
const ROW_PX = 20

export function LogView({ view }: { view: ProcessView }) {
  const { settings, known, session } = useApp()
  const { name } = view
  const [log] = useState(() => new LogLines())
  const [search] = useState(() => new LogSearch())
  const [, redraw] = useState(0)
  const [wanted, setWanted] = useState('')
  const [onlyHits, setOnlyHits] = useState(false)
  const [current, setCurrent] = useState(0)
  const [goTo, setGoTo] = useState<{ number: number; turn: number }>({ number: 0, turn: 0 })
  const [pinned, setPinned] = useState(true)
  const [error, setError] = useState<string | null>(null)
  const field = useRef<HTMLInputElement>(null)
  const wrapping = useWrapping(settings.wrapLogs, ROW_PX)
  useSlash(field)
  useEffect(() => {
    if (known.link !== 'here') return
    return followLog(
      name,
      log,
      () => redraw((n) => n + 1),
      ({ message }) => setError(message),
    )
  }, [name, known.link === 'here'])
  search.update(log, wanted)
  const { hits } = search
  const from = log.lines[0]?.number ?? 1
  const lines = onlyHits && wanted !== '' ? hits.map((number) => log.lines[number - from]!) : log.lines
  const heights = useMemo(
    () => (settings.wrapLogs ? ownHeights(lines.length, (i) => wrapping.heightOf(lines[i]!)) : evenHeights(lines.length, ROW_PX)),
    [settings.wrapLogs, wrapping.turn, lines.length, lines[0]?.number, onlyHits, wanted],
  )
  const at = firstIndex(hits.length, (i) => hits[i]! >= current, -1)
  const show = (index: number): void => {
    const found = search.hits
    const number = found[(index + found.length) % found.length]
    if (number === undefined) return
    setPinned(false)
    setCurrent(number)
    setGoTo(({ turn }) => ({ number, turn: turn + 1 }))
  }
  const look = (text: string): void => {
    setWanted(text)
    search.update(log, text)
    // The last hit is the most recent.
    if (text !== '') show(search.hits.length - 1)
  }
  const empty = async (): Promise<void> => {
    const text = 'What it has written so far is gone from the disk too; what comes is kept.'
    if (!(await ask({ title: `Empty the log of ${name}?`, text, yes: 'Empty it' }))) return
    await act('flush', view)
    log.clear()
    redraw((n) => n + 1)
  }
  const pattern = searchFor(wanted)
  return (
    <section class="log-page" aria-label={`Log of ${name}`}>
      <div class="bar">
        <input
          ref={field}
          type="search"
          placeholder="Search the log ( / )"
          aria-label="Search the log"
          value={wanted}
          onInput={({ currentTarget }) => look(currentTarget.value)}
          onKeyDown={(event) => event.key === 'Enter' && show(event.shiftKey ? at - 1 : at + 1)}
        />
        {wanted !== '' && (
          <span class="hits">
            <span aria-live="polite">{hits.length === 0 ? 'no hits' : `${at + 1} of ${hits.length} hits`}</span>
            <button type="button" aria-label="previous hit" disabled={hits.length === 0} onClick={() => show(at - 1)}>
              ↑
            </button>
            <button type="button" aria-label="next hit" disabled={hits.length === 0} onClick={() => show(at + 1)}>
              ↓
            </button>
            <button type="button" aria-pressed={onlyHits} onClick={() => setOnlyHits(!onlyHits)}>
              Only these
            </button>
          </span>
        )}
        <button type="button" aria-pressed={pinned} onClick={() => setPinned(!pinned)}>
          Follow
        </button>
        <button type="button" aria-pressed={settings.wrapLogs} onClick={() => remember({ wrapLogs: !settings.wrapLogs })}>
          Wrap
        </button>
        {session && mayAct(session, view) && (
          <button type="button" disabled={known.link !== 'here' || log.lines.length === 0} onClick={() => void empty()}>
            Empty
          </button>
        )}
        <span class="empty">
          {log.lines.length} {log.lines.length === 1 ? 'line' : 'lines'}
          {log.dropped > 0 && `, ${log.dropped} earlier ones left out here`}
        </span>
      </div>
      {error !== null && <p class="error">{error}</p>}
      {log.notices.map((notice) => (
        <p key={notice} class="empty">
          {notice}
        </p>
      ))}
      {log.lines.length === 0 && <p class="empty">Nothing has been written yet.</p>}
      <Virtual
        class={`log ${settings.wrapLogs ? 'wrapped' : ''}`}
        role="log"
        label={`Log of ${name}`}
        heights={heights}
        pinned={pinned}
        onPinned={setPinned}
        keyOf={(index) => lines[index]!.number}
        onWidth={wrapping.onWidth}
        onMeasured={settings.wrapLogs ? (index, px) => wrapping.onMeasured(lines[index]!, px) : undefined}
        goTo={{
          index: Math.max(
            0,
            firstIndex(lines.length, (i) => lines[i]!.number >= goTo.number, 0),
          ),
          turn: goTo.turn,
        }}
        row={(index) => {
          const line = lines[index]!
          const isCurrent = wanted !== '' && line.number === current
          return (
            <div key={line.number} class={`line ${line.stream} ${isCurrent ? 'current' : ''}`} title={line.at ?? undefined}>
              {markHits(spansOf(line.text), line, pattern).map(({ text, className, isHit }, i) =>
                isHit ? (
                  <mark key={i}>{text}</mark>
                ) : (
                  <span key={i} class={className || undefined}>
                    {text}
                  </span>
                ),
              )}
            </div>
          )
        }}
      />
    </section>
  )
}
