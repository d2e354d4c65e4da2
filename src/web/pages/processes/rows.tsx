/** Rows of the list: a group, the instances of a set as one, a process. At most 40 elements each. */
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { isEnded, isLive } from '../../../protocol/names.ts'
import type { RunBar } from '../../../protocol/overview.ts'
import { shortName } from '../../../protocol/project.ts'
import type { PortView, ProcessView } from '../../../protocol/view.ts'
import type { ListRow } from '../../../words/list-rows.ts'
import { urlOfPort } from '../../../words/local-url.ts'
import { amountWords, outlookWords, wholePercent } from '../../../words/progress.ts'
import { cpuScale, memoryScale, moves } from '../../../words/scales.ts'
import { agoWords, counted } from '../../../words/short.ts'
import { needsSomebody, STATES, stateOf } from '../../../words/states.ts'
import { durationWords, percentWords, sizeWords, statusWords, uptimeMs } from '../../../words/status.ts'
import { sentence } from '../../../words/text.ts'
import { whyWords } from '../../../words/why.ts'
import { act, state as app, useApp, useSelected } from '../../app-state.ts'
import { RunStrip, Spark, StateBar } from '../../parts/drawings.tsx'
import { Icon, Mark } from '../../parts/icon.tsx'
import { memoized } from '../../parts/memoized.tsx'
import { RowActions } from '../../parts/row-actions.tsx'
import { TOUCH, useMedia } from '../../parts/use-media.ts'
import { actionsFor, asksTwice } from '../../rights.ts'
import { rowKeyOf } from '../../row-keys.ts'
import type { Sample } from '../../store.ts'
import { isWithin } from '../../use-slash.ts'

// biome-ignore-start lint/a11y: a grid with a focus of its own, see useCursor of the page
interface Common {
  isCursor: boolean
  takesFocus: boolean
  onArrived(): void
  onFocus(): void
}

/** The element of a row that the list's one tab stop is on. */
function useRowFocus<T extends HTMLElement>({ takesFocus, onArrived }: Common) {
  const ref = useRef<T>(null)
  useLayoutEffect(() => {
    if (!takesFocus) return
    ref.current?.focus({ preventScroll: true })
    onArrived()
  }, [takesFocus])
  return ref
}

const figure = (words: string, none: boolean): string => (none ? '' : words)

export function GroupRow({ row, onToggle, ...common }: { row: ListRow & { kind: 'group' }; onToggle: () => void } & Common) {
  const { name, states, cpu, memory } = row.group
  const button = useRowFocus<HTMLButtonElement>(common)
  const shown = name === '' ? 'No project' : sentence(name)
  return (
    <div class="group" role="row" onFocusIn={common.onFocus}>
      <span role="gridcell">
        <button
          ref={button}
          type="button"
          class="tool"
          tabIndex={common.isCursor ? 0 : -1}
          aria-expanded={!row.folded}
          aria-label={`Group ${shown}`}
          onClick={onToggle}
        >
          <Icon name={row.folded ? 'right' : 'down'} />
        </button>
      </span>
      <b class="cut" role="gridcell">
        {name === '' ? shown : name}
      </b>
      <span class="quiet" role="gridcell">
        {states.length}
      </span>
      <span role="gridcell">
        <StateBar name={shown} states={states} />
      </span>
      <span class="c-cpu num" role="gridcell">
        {figure(percentWords(cpu), cpu < 0.05)}
      </span>
      <span class="c-mem num" role="gridcell">
        {figure(sizeWords(memory), memory === 0)}
      </span>
      <span class="c-up" role="gridcell" />
    </div>
  )
}

export function SetRow({ row, onToggle, ...common }: { row: ListRow & { kind: 'set' }; onToggle: () => void } & Common) {
  const { name, views } = row.cell
  const { nowMs, known } = useApp()
  const button = useRowFocus<HTMLButtonElement>(common)
  const worst = views[0]!
  const state = stateOf(worst)
  const well = views.filter((view) => isLive(view.status) && !needsSomebody(view)).length
  const sum = (of: (view: ProcessView) => number | null): number => views.reduce((all, view) => all + (of(view) ?? 0), 0)
  const cpu = sum(({ cpuPercent }) => cpuPercent)
  const memory = sum(({ memoryBytes }) => memoryBytes)
  const why = whyWords(worst, nowMs, known.link === 'away')
  return (
    <div
      class={`row ${STATES[state].hue}`}
      role="row"
      aria-label={`${name}, ${views.length} instances`}
      onFocusIn={common.onFocus}
    >
      <span class="pick" role="gridcell">
        <Mark state={state} named />
      </span>
      <span class="who" role="gridcell">
        <button
          ref={button}
          type="button"
          class="name set"
          tabIndex={common.isCursor ? 0 : -1}
          aria-expanded={!row.folded}
          aria-label={`${shortName(name)} × ${counted(views.length, 'instance')}`}
          onClick={onToggle}
        >
          <span class="cut">{shortName(name)}</span>
          <span class="fold">× {views.length}</span>
          <Icon name={row.folded ? 'right' : 'down'} />
        </button>
        <span class="second">
          <span class={needsSomebody(worst) ? 'is cut' : 'cut'}>
            {well} of {views.length} running{needsSomebody(worst) && why !== '' && `; ${worst.name}: ${why}`}
          </span>
        </span>
      </span>
      <span class="c-owner cut quiet" role="gridcell">
        {worst.owner}
      </span>
      <span class="c-runs" role="gridcell" />
      <span class="c-cpu num" role="gridcell">
        {figure(percentWords(cpu), cpu < 0.05)}
      </span>
      <span class="c-mem num" role="gridcell">
        {figure(sizeWords(memory), memory === 0)}
      </span>
      <span class="c-up" role="gridcell" />
    </div>
  )
}

interface ProcessRowProps extends Common {
  row: ListRow & { kind: 'process' }
  inProject: boolean
  link: string
  isChosen: boolean
  isMarked: boolean
  /** `range`: from the one that was marked before. */
  onMark(range: boolean): void
  runs: readonly RunBar[]
}

/** Rows present when the page opens do not fade in. */
const openedMs = Date.now()

function DrawnRow({ row, inProject, link, isChosen, isMarked, onMark, runs, ...common }: ProcessRowProps) {
  const { view, child } = row
  const touch = useMedia(TOUCH)
  const anchor = useRowFocus<HTMLAnchorElement>(common)
  // Buttons are there for the row that is pointed at, or has the focus: a list of all of them would be a wall.
  const [pointed, setPointed] = useState(false)
  const [within, setWithin] = useState(false)
  const state = stateOf(view)
  const onKey = (event: KeyboardEvent & { currentTarget: HTMLElement }): void => {
    const key = isWithin(event, '.layer') ? null : rowKeyOf(event, app.settings.letters)
    if (key === null) return
    event.preventDefault()
    if (key.kind === 'mark') return onMark(key.range)
    const control = (what: string) => event.currentTarget.querySelector<HTMLElement>(`[data-does="${what}"]`)
    if (key.kind === 'open') return control(key.what)?.click()
    const { session, known } = app
    const action = session && known.link === 'here' && actionsFor(session, view).find((each) => key.actions.includes(each))
    if (!action) return
    if (!asksTwice(action, view)) return void act(action, view)
    const button = control(action)
    const answers = button?.classList.contains('armed')
    button?.focus()
    button?.click()
    if (answers) anchor.current?.focus()
  }
  const created = Date.parse(view.createdAt)
  const isNew = created > openedMs && Date.now() - created < 2000
  return (
    <div
      class={['row', STATES[state].hue, child && 'child', isChosen && 'on', isNew && 'new'].filter(Boolean).join(' ')}
      role="row"
      aria-label={view.name}
      aria-selected={isChosen}
      onKeyDown={onKey}
      onMouseEnter={() => setPointed(true)}
      onMouseLeave={() => setPointed(false)}
      onFocusIn={() => {
        setWithin(true)
        common.onFocus()
      }}
      onFocusOut={({ currentTarget, relatedTarget }) => {
        // A question about the row gives the focus back to the control that asked.
        const asks = relatedTarget instanceof Element && relatedTarget.closest('dialog') !== null
        if (!asks && !currentTarget.contains(relatedTarget as Node | null)) setWithin(false)
      }}
    >
      <span class="pick" role="gridcell">
        <Mark state={state} named />
        <input
          type="checkbox"
          tabIndex={-1}
          checked={isMarked}
          aria-label={`Select ${view.name}`}
          onClick={({ shiftKey }) => onMark(shiftKey)}
        />
      </span>
      <span class="who" role="gridcell">
        <a ref={anchor} class="name cut" href={link} tabIndex={common.isCursor ? 0 : -1} title={view.title ?? view.name}>
          {inProject ? shortName(view.name) : view.name}
        </a>
        <Second view={view} />
      </span>
      <span class="c-owner cut quiet" role="gridcell">
        {view.owner}
      </span>
      <span class="c-runs" role="gridcell">
        <RunStrip name={view.name} runs={runs} />
      </span>
      <Loads view={view} />
      <span class="c-up num" role="gridcell">
        <Up view={view} />
      </span>
      {(pointed || within || touch) && (
        <span class="row-acts" role="gridcell">
          <RowActions view={view} tabIndex={within ? 0 : -1} only={touch ? 'menu' : undefined} />
        </span>
      )}
    </div>
  )
}

/** A list is drawn for each key and each news; of its rows those that show something else. */
export const ProcessRow = memoized(
  DrawnRow,
  (before, after) =>
    before.row.view === after.row.view &&
    before.row.child === after.row.child &&
    before.runs === after.runs &&
    before.link === after.link &&
    before.inProject === after.inProject &&
    before.isChosen === after.isChosen &&
    before.isMarked === after.isMarked &&
    before.isCursor === after.isCursor &&
    before.takesFocus === after.takesFocus,
)

const MINUTE_MS = 60_000

function Up({ view }: { view: ProcessView }) {
  const words = useSelected(({ nowMs }) => {
    if (isEnded(view.status)) return view.endedAt === null ? '' : agoWords(view.endedAt, nowMs)
    const ms = uptimeMs(view, nowMs)
    // From a minute on without seconds: in a column of them nobody reads one, and all would be drawn each second.
    return figure(durationWords(ms !== null && ms >= MINUTE_MS ? ms - (ms % MINUTE_MS) : ms), ms === null)
  })
  return <>{words}</>
}

/** Its state and the reason, and how far it is; then where it is met. */
function Second({ view }: { view: ProcessView }) {
  const { progress, status, title, ports, kind } = view
  const percent = progress?.percent ?? null
  const works = kind !== 'service' && status === 'running'
  const words = useSelected(({ nowMs, known }) =>
    [
      known.link === 'away' ? whyWords(view, nowMs, true) : '',
      known.link === 'away' ? sentence(STATES[stateOf(view)].word) : sentence(statusWords(view, nowMs, true)),
      view.health === 'healthy' && 'healthy',
      works && percent !== null && wholePercent(percent),
      works && progress !== null && outlookWords(progress),
      works && progress !== null && (progress.message ?? amountWords(progress)),
      title,
    ]
      .filter(Boolean)
      .join(' · '),
  )
  return (
    <span class="second">
      {works && (
        <progress
          max={100}
          {...(percent === null ? {} : { value: percent })}
          class={percent === null ? 'unknown' : undefined}
          aria-label={`Progress of ${view.name}`}
        />
      )}
      <span class={needsSomebody(view) ? 'is cut' : 'cut'} title={words}>
        {words}
      </span>
      {ports.slice(0, 2).map((each) => (
        <PortLink key={each.port} {...each} command={view.command} />
      ))}
    </span>
  )
}

/** A database speaks no HTTP: its port is a word. */
function PortLink({ port, open, command }: PortView & Pick<ProcessView, 'command'>) {
  const url = urlOfPort(port, command)
  const title = open === false ? `${port} is closed` : (url ?? undefined)
  if (url === null) return <span class="port">:{port}</span>
  return (
    <a class="port" tabIndex={-1} href={url} target="_blank" rel="noreferrer" title={title}>
      :{port}
    </a>
  )
}

const NO_SAMPLES: readonly Sample[] = []
const cpuOf = (samples: readonly Sample[]): number[] => samples.map(({ cpu }) => cpu)
const memoryOf = (samples: readonly Sample[]): number[] => samples.map(({ memory }) => memory)

function Loads({ view }: { view: ProcessView }) {
  const samples = useSelected(({ known }) => {
    const all = known.samples.get(view.id) ?? NO_SAMPLES
    return moves(cpuOf(all), 50) || moves(memoryOf(all)) ? all : NO_SAMPLES
  })
  const cpu = cpuOf(samples)
  const memory = memoryOf(samples)
  return (
    <>
      <span class="c-cpu" role="gridcell">
        {moves(cpu, 50) && <Spark values={cpu} scale={cpuScale(cpu)} />}
        <span class="num">{view.cpuPercent !== null && percentWords(view.cpuPercent)}</span>
      </span>
      <span class="c-mem" role="gridcell">
        {moves(memory) && <Spark values={memory} scale={memoryScale(memory)} />}
        <span class="num">{view.memoryBytes !== null && sizeWords(view.memoryBytes)}</span>
      </span>
    </>
  )
}
// biome-ignore-end lint/a11y: a grid with a focus of its own, see useCursor of the page
