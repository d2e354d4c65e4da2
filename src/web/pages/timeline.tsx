/** What happened when, and what comes: a lane for each process, its runs as bars. All that is chosen is in the address. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { ProcessView } from '../../protocol/view.ts'
import { rowsOf } from '../../words/list-rows.ts'
import { useApp } from '../app-state.ts'
import { ownHeights } from '../heights.ts'
import { FirstSteps } from '../parts/first-steps.tsx'
import { TOUCH, useMedia } from '../parts/use-media.ts'
import { Virtual } from '../parts/virtual.tsx'
import { linkTo, linkToRun, type Query } from '../route.ts'
import { orderOf, select, selectionOf } from '../selection.ts'
import '../style/timeline.css'
import { goneRows, type LaneRow, membersOf, type Pointed, runAfter } from '../timeline/lanes.ts'
import { backOf } from '../timeline/range.ts'
import type { Axis } from '../timeline/stretch-paths.ts'
import { stretchAt } from '../timeline/stretch-paths.ts'
import { usePointer } from '../timeline/use-pointer.ts'
import { useRange } from '../timeline/use-range.ts'
import { useTimeline } from '../timeline/use-timeline.ts'
import { useCursor } from '../use-cursor.ts'
import { useHeld } from '../use-held.ts'
import { useSlash } from '../use-slash.ts'
import { AxisLine, Ground } from './timeline/axis.tsx'
import { Controls } from './timeline/controls.tsx'
import { Lane } from './timeline/lane.tsx'
import { Legend } from './timeline/legend.tsx'
import { Tip } from './timeline/tip.tsx'

/** As in timeline.css, in rem. */
const NAMES = { wide: 13, narrow: 7.5 }
const ROW = 1.75
const EDGE_PX = 12
/** More are not named one by one in a request. */
const MOST_NAMED = 1000

export function TimelinePage({ query }: { query: Query }) {
  const { known, settings } = useApp()
  const touch = useMedia(TOUCH)
  const search = useRef<HTMLInputElement>(null)
  useSlash(search)
  const [width, setWidth] = useState(0)
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set())
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set())
  const [pointed, setPointed] = useState<Pointed | null>(null)
  const { shown, nowMs, pan, zoom, toNow } = useRange(query)
  const selection = selectionOf(query)
  const all = [...known.views.values()]
  const ofKind = query.kind === 'job' || query.kind === 'service' ? query.kind : null
  const isOfKind = ({ kind }: Pick<ProcessView, 'kind'>): boolean =>
    ofKind === null || (kind === 'service') === (ofKind === 'service')
  const views = select(all, selection).filter(isOfKind)
  const isNarrowed = views.length < all.length && views.length <= MOST_NAMED
  const { value, error } = useTimeline(shown, nowMs, views, isNarrowed ? views.map(({ id }) => id) : null)
  const byId = useMemo(() => new Map(value?.processes.map((each) => [each.id, each])), [value])
  const sorted = rowsOf(views, { group: selection.group, order: orderOf(selection), closed, opened })
  const { rows: held, handlers } = useHeld(sorted, `${JSON.stringify(query)} ${[...closed].join()} ${[...opened].join()}`)
  const gone =
    isNarrowed || selection.filter !== 'all' ? [] : goneRows(value?.processes.filter(isOfKind) ?? [], (id) => known.views.has(id))
  const rows: readonly LaneRow[] = [...held, ...gone]
  const toggle = (row: LaneRow): void => {
    if (row.kind === 'group') setClosed(toggled(closed, row.key))
    else if (row.kind === 'set') setOpened(toggled(opened, row.key))
  }
  const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize)
  const namesPx = (touch ? NAMES.narrow : NAMES.wide) * rem
  const axis: Axis = useMemo(
    () => ({ fromMs: shown.fromMs, toMs: shown.toMs, px: Math.max(1, width - namesPx - EDGE_PX) }),
    [shown.fromMs, shown.toMs, width, namesPx],
  )
  const membersOfRow = (row: LaneRow) => membersOf(row, (id) => byId.get(id), nowMs, shown.fromMs)
  const own = (event: KeyboardEvent): boolean => {
    const key = event.target instanceof Element ? event.target.closest('[data-key]')?.getAttribute('data-key') : null
    const lane = rows.find((each) => each.key === key)
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key] as 1 | -1 | undefined
    if (step !== undefined && (event.shiftKey || lane === undefined)) pan(step * 0.25)
    else if (event.key === '+' || event.key === '=') zoom(0.5)
    else if (event.key === '-') zoom(2)
    else if (event.key === '0' && settings.letters) toNow(backOf(shown))
    else if (event.key === 'Escape' && pointed !== null) setPointed(null)
    else if (step !== undefined && (lane?.kind === 'process' || lane?.kind === 'gone')) {
      const members = membersOfRow(lane)
      const current = pointed?.key === lane.key ? pointed.stretch.run : null
      const next = runAfter(members, current, step, shown.fromMs, shown.toMs)
      const stretch = members[0]?.stretches.findLast(
        (each) => each.run === next?.run && each.class !== 'wait' && each.class !== 'plan',
      )
      setPointed(stretch === undefined || next === null ? null : { key: lane.key, name: next.name, stretch })
    } else if (event.key === 'Enter' && lane !== undefined && pointed?.key === lane.key) open(pointed)
    else return false
    return true
  }
  const { cursor, goTo, setCursor, arrived } = useCursor(rows as never, { list: '.tl-lanes', toggle: toggle as never, own })
  const open = ({ key, name, stretch: { run } }: Pointed): void => {
    // Nothing is left of it to be opened.
    if (key.startsWith('gone ')) return
    location.hash = run === null ? linkTo(name) : linkToRun(name, run.run)
  }
  const meet = (key: string | null, x: number, y: number): Pointed | null => {
    const row = rows.find((each) => each.key === key)
    if (row === undefined) return null
    const members = membersOfRow(row)
    // Of a set the one whose thread is there, then any.
    const share = Math.floor(((y - 4) / 20) * members.length)
    for (const member of [members[share], ...members]) {
      const stretch = member === undefined ? null : stretchAt(member.stretches, axis, x)
      if (stretch !== null) return { key: row.key, name: member!.name, stretch }
    }
    return null
  }
  const field = useRef<HTMLDivElement>(null)
  const tip = useRef<HTMLDivElement>(null)
  const handlersOfField = usePointer({ field, tip, namesPx, axis, meet, pointed, setPointed, open, pan, zoom })
  // Where keys have led there is no pointer to be beside.
  useEffect(() => setPointed(null), [query.from, query.to, query.range])
  if (all.length === 0 && known.listed && gone.length === 0 && value !== null) return <FirstSteps />
  const heights = ownHeights(
    rows.length,
    (index) => (rows[index]!.kind === 'group' || rows[index]!.kind === 'goneHead' ? 2 : ROW) * rem,
  )
  const wholeMs = value === null ? null : Date.parse(value.since)
  return (
    <div class="timeline-page">
      <Controls
        query={query}
        search={search}
        views={all}
        shown={shown}
        onPan={pan}
        onZoom={zoom}
        onNow={() => toNow(backOf(shown))}
      />
      {error !== null && known.link === 'here' && <p class="error">{error.message}</p>}
      {value?.notices.map((notice) => (
        <p key={notice} class="because">
          {notice}
        </p>
      ))}
      <section class="panel tl-panel" aria-labelledby="h-timeline">
        <AxisLine axis={axis} nowMs={nowMs} />
        <div class="tl-field" ref={field} {...handlers} {...handlersOfField}>
          <Ground axis={axis} namesPx={namesPx} nowMs={nowMs} wholeMs={wholeMs} />
          {rows.length === 0 ? (
            <p class="nothing">{value === null ? '' : 'None of the processes is like this.'}</p>
          ) : (
            <Virtual
              class="tl-lanes"
              keepsPlace
              role="grid"
              tabIndex={-1}
              rowCount={rows.length}
              label={`Lanes of ${views.length} processes`}
              heights={heights}
              goTo={goTo}
              onWidth={setWidth}
              row={(index) => {
                const row = rows[index]!
                return (
                  <Lane
                    key={row.key}
                    row={row}
                    members={row.kind === 'group' || row.kind === 'goneHead' ? [] : membersOfRow(row)}
                    axis={axis}
                    inProject={selection.group === 'project'}
                    pointed={pointed?.key === row.key ? pointed.stretch : null}
                    isCursor={row.key === cursor.key || (cursor.key === null && index === 0)}
                    takesFocus={row.key === cursor.key && cursor.takes}
                    onArrived={arrived}
                    onFocus={() => setCursor({ key: row.key, takes: false })}
                    onToggle={() => toggle(row)}
                  />
                )
              }}
            />
          )}
          <div ref={tip} class="tl-tip" role="status" hidden={pointed === null}>
            {pointed !== null && <Tip pointed={pointed} />}
          </div>
        </div>
        <Legend whole={wholeMs !== null && wholeMs > shown.fromMs ? value!.since : null} />
      </section>
    </div>
  )
}

const toggled = (set: ReadonlySet<string>, key: string): Set<string> => {
  const next = new Set(set)
  if (!next.delete(key)) next.add(key)
  return next
}
