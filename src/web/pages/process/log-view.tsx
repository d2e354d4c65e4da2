/** What the process wrote: coloured, followed, searched; only the lines in sight are drawn. */
import { useEffect, useState } from 'preact/hooks'
import { plainText, spansOf } from '../../ansi.ts'
import { remember, useApp } from '../../app-state.ts'
import { followLog, LogLines } from '../../log-lines.ts'
import { Virtual } from '../../parts/virtual.tsx'

const ROW_PX = 20

export function LogView({ name }: { name: string }) {
  const { settings, known } = useApp()
  const [log] = useState(() => new LogLines())
  const [, redraw] = useState(0)
  const [text, setText] = useState('')
  const [pinned, setPinned] = useState(true)
  const [error, setError] = useState<string | null>(null)
  useEffect(() => {
    if (known.link !== 'here') return
    return followLog(
      name,
      log,
      () => redraw((n) => n + 1),
      ({ message }) => setError(message),
    )
  }, [name, known.link === 'here'])
  const wanted = text.toLowerCase()
  const lines = wanted === '' ? log.lines : log.lines.filter((line) => plainText(line.text).toLowerCase().includes(wanted))
  return (
    <section class="log-page" aria-label={`Log of ${name}`}>
      <div class="bar">
        <input
          type="search"
          placeholder="Search the log"
          aria-label="Search the log"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <button type="button" aria-pressed={pinned} onClick={() => setPinned(!pinned)}>
          {pinned ? 'Following' : 'Follow'}
        </button>
        <button type="button" aria-pressed={settings.wrapLogs} onClick={() => remember({ wrapLogs: !settings.wrapLogs })}>
          Long lines: {settings.wrapLogs ? 'in full' : 'cut'}
        </button>
        <span class="empty" aria-live="polite">
          {wanted === '' ? `${lines.length} lines` : `${lines.length} of ${log.lines.length} lines`}
          {log.dropped > 0 && `, ${log.dropped} earlier ones left out here`}
        </span>
      </div>
      {error !== null && <p class="error">{error}</p>}
      {log.notices.map((notice) => (
        <p key={notice} class="empty">
          {notice}
        </p>
      ))}
      <Virtual
        class={`log ${settings.wrapLogs ? 'full' : ''}`}
        role="log"
        label={`Log of ${name}`}
        count={lines.length}
        rowPx={ROW_PX}
        pinned={pinned}
        onScroll={(atEnd) => setPinned(atEnd)}
        row={(index) => {
          const line = lines[index]!
          return (
            <div key={line.number} class={`line ${line.stream}`} title={line.at ?? undefined}>
              {spansOf(line.text).map((span, i) => (
                <span key={i} class={span.className || undefined}>
                  {span.text}
                </span>
              ))}
            </div>
          )
        }}
      />
    </section>
  )
}
