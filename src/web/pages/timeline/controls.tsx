/** Above the lanes: which time, and which processes. */
import type { RefObject } from 'preact'
import type { ProcessView } from '../../../protocol/view.ts'
import { GROUPINGS } from '../../../words/groups.ts'
import { clockWords, dayWords } from '../../../words/short.ts'
import { needsSomebody } from '../../../words/states.ts'
import { sentence } from '../../../words/text.ts'
import { Icon, Mark } from '../../parts/icon.tsx'
import { linkToPage, type Query, replaceRoute } from '../../route.ts'
import { backOf, liveRange, PRESETS, queryOfRange, type Range } from '../../timeline/range.ts'

interface ControlsProps {
  query: Query
  search: RefObject<HTMLInputElement | null>
  views: readonly ProcessView[]
  shown: Range
  onPan(share: number): void
  onZoom(factor: number): void
  onNow(): void
}

export function Controls({ query, search, views, shown, onPan, onZoom, onNow }: ControlsProps) {
  const link = (changes: Record<string, string | undefined>): string => linkToPage('timeline', { ...query, ...changes })
  const isPreset = (ms: number): boolean => shown.live && Math.abs(backOf(shown) - ms) < 1000
  const chips = [
    { what: 'status', value: 'attention', word: 'Need you', count: views.filter(needsSomebody).length, mark: true },
    {
      what: 'kind',
      value: 'service',
      word: 'Services',
      count: views.filter(({ kind }) => kind === 'service').length,
      mark: false,
    },
    { what: 'kind', value: 'job', word: 'Jobs', count: views.filter(({ kind }) => kind !== 'service').length, mark: false },
  ]
  return (
    <>
      <div class="bar tl-head">
        <h1 id="h-timeline" tabIndex={-1}>
          Timeline
        </h1>
        <span class="bar end">
          <button type="button" class="tool" aria-label="Earlier" title="Earlier (Shift ←)" onClick={() => onPan(-0.5)}>
            <Icon name="left" />
          </button>
          <span class="num">{rangeWords(shown)}</span>
          <button
            type="button"
            class="tool"
            aria-label="Later"
            title="Later (Shift →)"
            disabled={shown.live}
            onClick={() => onPan(0.5)}
          >
            <Icon name="right" />
          </button>
          <button type="button" disabled={shown.live} title="Back to now (0)" onClick={onNow}>
            Now
          </button>
          <button type="button" class="tool" aria-label="A shorter time" title="A shorter time (+)" onClick={() => onZoom(0.5)}>
            <Icon name="plus" />
          </button>
          <button type="button" class="tool" aria-label="A longer time" title="A longer time (-)" onClick={() => onZoom(2)}>
            <Icon name="minus" />
          </button>
          <fieldset class="seg">
            <legend class="hidden">How far back</legend>
            {PRESETS.map(({ name, ms }) => (
              <button
                key={name}
                type="button"
                aria-pressed={isPreset(ms)}
                onClick={() => {
                  location.hash = link({ from: undefined, to: undefined, ...queryOfRange(liveRange(ms, 0)) })
                }}
              >
                {name}
              </button>
            ))}
          </fieldset>
        </span>
      </div>
      <div class="bar">
        <input
          ref={search}
          type="search"
          class="tl-search"
          placeholder="Name, tag, status ( / )"
          aria-label="Search by name, type, owner, tag, status or command"
          value={query.q ?? ''}
          onInput={({ currentTarget }) => replaceRoute(link({ q: currentTarget.value }))}
          onKeyDown={(event) => event.key === 'Escape' && replaceRoute(link({ q: undefined }))}
        />
        {chips.map(({ what, value, word, count, mark }) => {
          const isOn = query[what] === value
          return (
            <button
              key={value}
              type="button"
              class="chip"
              aria-pressed={isOn}
              disabled={count === 0 && !isOn}
              onClick={() => {
                location.hash = link({ [what]: isOn ? undefined : value })
              }}
            >
              {mark && <Mark state="crash loop" />}
              {word} <b>{count}</b>
            </button>
          )
        })}
        <label class="bar end">
          <span class="quiet">Group</span>
          <select
            aria-label="Group by"
            value={query.group ?? 'project'}
            onChange={({ currentTarget: { value } }) => {
              location.hash = link({ group: value === 'project' ? undefined : value })
            }}
          >
            {GROUPINGS.map((each) => (
              <option key={each} value={each}>
                {sentence(each)}
              </option>
            ))}
          </select>
        </label>
      </div>
    </>
  )
}

/** `Thu 26 Nov, 13:27 to 14:42`; both days where there are two. */
function rangeWords({ fromMs, toMs }: Range): string {
  const [from, to] = [fromMs, toMs].map((ms) => new Date(ms).toISOString()) as [string, string]
  const isOneDay = dayWords(from) === dayWords(to)
  return isOneDay
    ? `${dayWords(from)}, ${clockWords(from)} to ${clockWords(to)}`
    : `${dayWords(from)} ${clockWords(from)} to ${dayWords(to)} ${clockWords(to)}`
}
