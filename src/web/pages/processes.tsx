/** All processes in groups, the worst first; beside them the one that is chosen, where there is room. All that is chosen is in the address. */
import { useMemo, useRef, useState } from 'preact/hooks'
import type { RunBar } from '../../protocol/overview.ts'
import type { ProcessView } from '../../protocol/view.ts'
import { type ListRow, rowsOf } from '../../words/list-rows.ts'
import { useApp } from '../app-state.ts'
import { ownHeights } from '../heights.ts'
import { FirstSteps } from '../parts/first-steps.tsx'
import { TOUCH, useMedia, WIDE } from '../parts/use-media.ts'
import { Virtual } from '../parts/virtual.tsx'
import { linkTo, linkToPage, type Query, replaceRoute } from '../route.ts'
import { besideAfter, between } from '../row-keys.ts'
import { orderOf, queryOf, type Selection, select, selectionOf } from '../selection.ts'
import { viewOf } from '../titles.ts'
import { useCursor } from '../use-cursor.ts'
import { useHeld } from '../use-held.ts'
import { useSlash } from '../use-slash.ts'
import { useStrips } from '../use-strips.ts'
import { Bulk } from './processes/bulk.tsx'
import { Controls } from './processes/controls.tsx'
import { Heads } from './processes/heads.tsx'
import { Pane } from './processes/pane.tsx'
import { GroupRow, ProcessRow, SetRow } from './processes/rows.tsx'

/** As in list.css, in rem. */
const SMALL_ROW = 2
const NO_RUNS: readonly RunBar[] = []

export function ProcessesPage({ query }: { query: Query }) {
  const { known, settings } = useApp()
  const wide = useMedia(WIDE)
  const touch = useMedia(TOUCH)
  const asked = JSON.stringify(query)
  const selection = useMemo(() => selectionOf(query), [asked])
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set())
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set())
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set())
  const [sight, setSight] = useState<readonly [number, number]>([0, 0])
  const search = useRef<HTMLInputElement>(null)
  useSlash(search)
  const all = useMemo(() => [...known.views.values()], [known.views, known.turn])
  const shown = useMemo(() => select(all, selection), [all, selection])
  const { sel, ...rest } = query
  const chosen = wide && sel !== undefined ? viewOf(all, sel) : undefined
  const sorted = useMemo(() => {
    // What one looks for is not hidden in a set.
    const found = selection.text === '' ? opened : new Set(shown.map(({ instance }) => `set ${instance?.of}`))
    return rowsOf(shown, { group: selection.group, order: orderOf(selection), closed, opened: found })
  }, [shown, selection, closed, opened])
  const layout = `${JSON.stringify(rest)} ${[...closed].join()} ${[...opened].join()}`
  const { rows, moved, release, handlers } = useHeld(sorted, layout)
  const inSight = rows.slice(sight[0], sight[1]).flatMap((row) => (row.kind === 'process' ? [row.view] : []))
  const strips = useStrips(inSight)
  const toggle = (row: ListRow): void => {
    if (row.kind === 'group') setClosed(toggled(closed, row.key))
    else if (row.kind === 'set') setOpened(toggled(opened, row.key))
  }
  const beside = (key: string): boolean => {
    const name = chosen === undefined ? null : besideAfter(key, rows, chosen.id)
    if (name !== null) replaceRoute(linkToPage('processes', { ...rest, sel: name }))
    return name !== null
  }
  const { cursor, goTo, setCursor, arrived } = useCursor(rows, {
    list: '.list',
    toggle,
    own: (event) => settings.letters && beside(event.key),
  })
  const lastMarked = useRef<string | null>(null)
  const mark = (id: string, range: boolean): void => {
    setMarked(range ? new Set([...marked, ...between(rows, lastMarked.current, id)]) : toggled(marked, id))
    lastMarked.current = id
  }
  const latestMark = useRef(mark)
  latestMark.current = mark
  const change = (changes: Partial<Selection>): void => {
    const next = { ...selection, ...changes }
    const link = linkToPage('processes', { ...queryOf(next), sel })
    // A step of the history for what is chosen, none for each letter.
    if (changes.text === undefined) location.hash = link
    else replaceRoute(link)
  }
  const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize)
  const rowPx = (settings.density === 'compact' ? SMALL_ROW : touch ? 3.5 : 2.75) * rem
  const heights = useMemo(
    () =>
      ownHeights(rows.length, (index) => {
        const row = rows[index]!
        return row.kind === 'group' || (row.kind === 'process' && row.child) ? SMALL_ROW * rem : rowPx
      }),
    [rows, rem, rowPx],
  )
  if (all.length === 0) return known.listed ? <FirstSteps /> : <p class="nothing">Not known yet.</p>
  const linkOf = (view: ProcessView): string =>
    wide && chosen?.id !== view.id ? linkToPage('processes', { ...rest, sel: view.name }) : linkTo(view.name)
  const selected = marked.size === 0 ? [] : all.filter(({ id }) => marked.has(id))
  return (
    <div class={`split ${chosen ? 'two' : ''}`}>
      <section class="list panel" aria-labelledby="h-list" {...handlers}>
        <h1 class="hidden" id="h-list" tabIndex={-1}>
          Processes
        </h1>
        <Controls search={search} views={all} selection={selection} moved={moved} onChange={change} onRelease={release} />
        {shown.length === 0 ? (
          <div class="nothing">
            <p>None of {all.length} processes is like this.</p>
            <button type="button" onClick={() => change({ filter: 'all', text: '', project: null, owner: null })}>
              Clear filters
            </button>
          </div>
        ) : (
          <Virtual
            class="grid"
            keepsPlace
            role="grid"
            tabIndex={-1}
            rowCount={rows.length + 1}
            label={`${shown.length} processes`}
            heights={heights}
            goTo={goTo}
            onSight={(first, last) => setSight([first, last])}
            head={<Heads selection={selection} onChange={change} />}
            row={(index) => {
              const row = rows[index]!
              const common = {
                isCursor: row.key === cursor.key || (cursor.key === null && index === 0),
                takesFocus: row.key === cursor.key && cursor.takes,
                onArrived: arrived,
                onFocus: () => setCursor({ key: row.key, takes: false }),
              }
              if (row.kind === 'group') return <GroupRow key={row.key} row={row} {...common} onToggle={() => toggle(row)} />
              if (row.kind === 'set') return <SetRow key={row.key} row={row} {...common} onToggle={() => toggle(row)} />
              return (
                <ProcessRow
                  key={row.key}
                  row={row}
                  {...common}
                  inProject={selection.group === 'project'}
                  link={linkOf(row.view)}
                  isChosen={chosen?.id === row.view.id}
                  isMarked={marked.has(row.view.id)}
                  onMark={(range) => latestMark.current(row.view.id, range)}
                  runs={strips.get(row.view.id) ?? NO_RUNS}
                />
              )
            }}
          />
        )}
        {selected.length > 0 && <Bulk views={selected} onDone={() => setMarked(new Set())} />}
      </section>
      {chosen && <Pane key={chosen.id} view={chosen} closeLink={linkToPage('processes', rest)} />}
    </div>
  )
}

const toggled = (set: ReadonlySet<string>, key: string): Set<string> => {
  const next = new Set(set)
  if (!next.delete(key)) next.add(key)
  return next
}
