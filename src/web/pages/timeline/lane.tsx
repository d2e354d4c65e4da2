/** Rows of the timeline: a group, a process, the instances of a set in one lane, what is gone. At most 20 elements each. */
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks'
import { shortName } from '../../../protocol/project.ts'
import { wholePercent } from '../../../words/progress.ts'
import { stateOf } from '../../../words/states.ts'
import { sentence } from '../../../words/text.ts'
import { Icon, Mark } from '../../parts/icon.tsx'
import { linkTo } from '../../route.ts'
import { type LaneRow, laneWords, type Spoken } from '../../timeline/lanes.ts'
import { type Axis, pathsOf, xOf } from '../../timeline/stretch-paths.ts'

// biome-ignore-start lint/a11y: a grid with a focus of its own, see useCursor of the page
interface LaneProps {
  row: LaneRow
  members: readonly Spoken[]
  axis: Axis
  inProject: boolean
  isCursor: boolean
  takesFocus: boolean
  /** The run that keys have led to. */
  pointed: { fromMs: number; toMs: number } | null
  onArrived(): void
  onFocus(): void
  onToggle(): void
}

export function Lane(props: LaneProps) {
  const { row, takesFocus, onArrived, isCursor, onFocus } = props
  const ref = useRef<HTMLElement>(null)
  useLayoutEffect(() => {
    if (!takesFocus) return
    ref.current?.focus({ preventScroll: true })
    onArrived()
  }, [takesFocus])
  const own = { ref: ref as never, tabIndex: isCursor ? 0 : -1 }
  if (row.kind === 'group') {
    const { name, states } = row.group
    const shown = name === '' ? 'No project' : sentence(name)
    return (
      <div class="tl-group" role="row" data-key={row.key} onFocusIn={onFocus}>
        <span role="gridcell">
          <button
            {...own}
            type="button"
            class="tool"
            aria-expanded={!row.folded}
            aria-label={`Group ${shown}`}
            onClick={props.onToggle}
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
      </div>
    )
  }
  if (row.kind === 'goneHead')
    return (
      <div class="tl-group" role="row" data-key={row.key} onFocusIn={onFocus}>
        <b {...own} role="gridcell">
          Deleted since
        </b>
        <span class="quiet" role="gridcell">
          {row.count}
        </span>
      </div>
    )
  return (
    <div class="tl-row" role="row" data-key={row.key} onFocusIn={onFocus}>
      <span class="tl-name" role="gridcell">
        <Face {...props} own={own} />
      </span>
      <span class="tl-cell" role="gridcell">
        <Bars {...props} />
      </span>
    </div>
  )
}

function Face({ row, inProject, onToggle, own }: LaneProps & { own: { ref: never; tabIndex: number } }) {
  if (row.kind === 'gone')
    return (
      <span {...own} class="cut quiet" title={`${row.process.fullName}: deleted since`}>
        {row.process.fullName}
      </span>
    )
  if (row.kind === 'set') {
    const { name, views } = row.cell
    return (
      <>
        <Mark state={stateOf(views[0]!)} named />
        <button
          {...own}
          type="button"
          class="name set"
          aria-expanded={!row.folded}
          aria-label={`${inProject ? shortName(name) : name} × ${views.length} instances`}
          onClick={onToggle}
        >
          <span class="cut">{inProject ? shortName(name) : name}</span>
          <span class="fold">× {views.length}</span>
          <Icon name={row.folded ? 'right' : 'down'} />
        </button>
      </>
    )
  }
  if (row.kind !== 'process') return null
  const { view, child } = row
  return (
    <>
      <Mark state={stateOf(view)} named />
      <a {...own} class={`name cut ${child ? 'child' : ''}`} href={linkTo(view.name)} title={view.name}>
        {inProject ? shortName(view.name) : view.name}
      </a>
    </>
  )
}

/** A share of a running job fits into a bar from this width on. */
const ROOM_PX = 44

function Bars({ row, members, axis, pointed }: LaneProps) {
  const paths = useMemo(
    () =>
      pathsOf(
        members.map(({ stretches }) => stretches),
        axis,
      ),
    [members, axis],
  )
  const name =
    row.kind === 'process' ? row.view.name : row.kind === 'set' ? row.cell.name : row.kind === 'gone' ? row.process.fullName : ''
  const view = row.kind === 'process' ? row.view : null
  const live = members[0]?.stretches.find((each) => each.class === 'run')
  const from = live === undefined ? 0 : Math.max(0, xOf(axis, live.fromMs))
  const room = live === undefined ? 0 : Math.min(axis.px, xOf(axis, live.toMs)) - from
  const percent = view !== null && view.kind !== 'service' && view.status === 'running' ? (view.progress?.percent ?? null) : null
  return (
    <svg class="tl-bars" role="img" aria-label={laneWords(name, members, axis.fromMs, axis.toMs)}>
      {paths.map(({ class: kind, d }) => (
        <path key={kind} class={kind} d={d} />
      ))}
      {pointed !== null && (
        <rect
          class="pointed"
          x={Math.max(0, xOf(axis, pointed.fromMs) - 2)}
          y="3"
          width={Math.max(6, Math.min(axis.px, xOf(axis, pointed.toMs)) - Math.max(0, xOf(axis, pointed.fromMs)) + 4)}
          height="22"
          rx="3"
        />
      )}
      {percent !== null && room > ROOM_PX && (
        <text class="share" x={from + 6} y="18">
          {wholePercent(percent)}
        </text>
      )}
    </svg>
  )
}
// biome-ignore-end lint/a11y: a grid with a focus of its own, see useCursor of the page
