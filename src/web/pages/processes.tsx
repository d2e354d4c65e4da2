/** All processes, live. */
import { useEffect, useRef, useState } from 'preact/hooks'
import type { ProcessView } from '../../protocol/view.ts'
import { durationWords, percentWords, sizeWords, UNKNOWN, uptimeMs } from '../../words/status.ts'
import { useApp } from '../app-state.ts'
import { evenHeights } from '../heights.ts'
import { counted } from '../page-words.ts'
import { ProgressBar } from '../parts/progress-bar.tsx'
import { RowActions } from '../parts/row-actions.tsx'
import { Sparkline } from '../parts/sparkline.tsx'
import { StatusText } from '../parts/status-text.tsx'
import { Virtual } from '../parts/virtual.tsx'
import { linkTo } from '../route.ts'
import { countsOf, FILTERS, type ListFilter, SORTS, type Sort, select } from '../selection.ts'
import { isChord, isTyping, useSlash } from '../use-slash.ts'

/** As in list.css. */
const ROW_PX = { wide: 44, phone: 96 }
const phone = matchMedia('(max-width: 720px)')

export function ProcessesPage() {
  const { known } = useApp()
  const [filter, setFilter] = useState<ListFilter>('all')
  const [sort, setSort] = useState<Sort>('name')
  const [text, setText] = useState('')
  const search = useRef<HTMLInputElement>(null)
  const isPhone = usePhone()
  const counts = countsOf(known.views.values())
  const shown = select(known.views.values(), filter, text, sort)
  useSlash(search)
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const step = { j: 1, k: -1, ArrowDown: 1, ArrowUp: -1 }[event.key]
      if (step === undefined || isTyping(event) || isChord(event)) return
      event.preventDefault()
      moveFocus(step)
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [])
  return (
    <>
      <h1 class="hidden">Processes</h1>
      <div class="bar">
        <fieldset class="tabs">
          <legend class="hidden">Which processes</legend>
          {FILTERS.map((each) => (
            <button key={each} type="button" aria-pressed={filter === each} onClick={() => setFilter(each)}>
              {each} <span class="count">{counts[each]}</span>
            </button>
          ))}
        </fieldset>
        <input
          ref={search}
          type="search"
          placeholder="Search ( / )"
          aria-label="Search by name, type, owner, tag or command"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <label>
          Sort{' '}
          <select value={sort} onChange={(event) => setSort(event.currentTarget.value as Sort)}>
            {SORTS.map((each) => (
              <option key={each}>{each}</option>
            ))}
          </select>
        </label>
      </div>
      {shown.length === 0 ? (
        <div class="nothing">
          {counts.all === 0 ? (
            <>
              <p>No processes yet.</p>
              <p>Start one in a terminal:</p>
              <pre>ptrack start --name web --port 8000 -- python3 -m http.server 8000</pre>
            </>
          ) : (
            <p>None of {counts.all} processes is like this.</p>
          )}
        </div>
      ) : (
        <Virtual
          fits
          head={
            <div class="heads" aria-hidden="true">
              {['Name', 'Status', 'Progress, ports', 'CPU', 'Memory', 'Up, took', ''].map((each) => (
                <span key={each}>{each}</span>
              ))}
            </div>
          }
          class="list"
          label={`${shown.length} processes`}
          heights={evenHeights(shown.length, isPhone ? ROW_PX.phone : ROW_PX.wide)}
          row={(index) => <Row key={shown[index]!.id} view={shown[index]!} />}
        />
      )}
    </>
  )
}

function usePhone(): boolean {
  const [is, set] = useState(phone.matches)
  useEffect(() => {
    const listener = (): void => set(phone.matches)
    phone.addEventListener('change', listener)
    return () => phone.removeEventListener('change', listener)
  }, [])
  return is
}

function moveFocus(by: number): void {
  const links = [...document.querySelectorAll<HTMLElement>('.row .name')]
  const at = links.indexOf(document.activeElement as HTMLElement)
  links[Math.min(links.length - 1, Math.max(0, at + by))]?.focus()
}

/** A cell of what is not known is empty: a dash in each would be the loudest of the list. */
const orNothing = (words: string): string => (words === UNKNOWN ? '' : words)

/** Rows present when the page opens do not fade in. */
const openedMs = Date.now()

function Row({ view }: { view: ProcessView }) {
  const { known, nowMs } = useApp()
  const samples = known.samples.get(view.id) ?? []
  const created = Date.parse(view.createdAt)
  const isNew = created > openedMs && nowMs - created < 2000
  return (
    <article class={`row ${isNew ? 'new' : ''}`} aria-label={view.name}>
      <a class="name" href={linkTo(view.name)} title={view.command.join(' ')}>
        {view.title ?? view.name}
        {view.title !== null && <small> {view.name}</small>}
      </a>
      <StatusText view={view} />
      <span class="extra">
        <ProgressBar view={view} />
        {view.ports.length > 0 && <span class="ports">:{view.ports.map(({ port }) => port).join(' :')}</span>}
      </span>
      <span class={`figure cpu ${view.cpuPercent === null ? 'none' : ''}`}>
        <Sparkline values={samples.map(({ cpu }) => cpu)} floor={10} label={`CPU ${percentWords(view.cpuPercent)}`} />
        {orNothing(percentWords(view.cpuPercent))}
      </span>
      <span class={`figure ${view.memoryBytes === null ? 'none' : ''}`}>
        <Sparkline values={samples.map(({ memory }) => memory)} label={`memory ${sizeWords(view.memoryBytes)}`} />
        {orNothing(sizeWords(view.memoryBytes))}
      </span>
      <span class="uptime" title="how long it has been up, or took">
        {orNothing(durationWords(uptimeMs(view, nowMs)))}
        {view.restarts > 0 && <small> {counted(view.restarts, 'restart')}</small>}
      </span>
      <span class="actions">
        <RowActions view={view} />
      </span>
    </article>
  )
}
