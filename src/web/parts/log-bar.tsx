/** Above the lines: what is searched, which levels and streams, which time, and how they are shown. */
import type { ComponentChildren, RefObject } from 'preact'
import { remember, useApp } from '../app-state.ts'
import type { Level } from '../log-lines.ts'
import { type Choices, LEVEL_WORDS, LEVELS, SPANS, STREAMS, toggledLevel } from '../logs/choices.ts'
import { Icon } from './icon.tsx'

export interface BarProps {
  choices: Choices
  /** `typed`: with each letter, so it is no step of the history. */
  onChange(changes: Partial<Choices>, typed?: boolean): void
  field: RefObject<HTMLInputElement | null>
  /** Which hit of how many. */
  hits: { at: number; count: number; wrong: string | null; isSearching: boolean }
  onHit(step: 1 | -1): void
  totals: Readonly<Record<Level, number>> | null
  pinned: boolean
  onPinned(pinned: boolean): void
  onCopy(): void
  onDownload(): void
  /** Before and behind all that. */
  first?: ComponentChildren
  last?: ComponentChildren
}

export function LogBar(props: BarProps) {
  const { choices, onChange, field, hits, onHit, totals, pinned, onPinned, onCopy, onDownload, first, last } = props
  const { settings } = useApp()
  const { text, regex, matchCase, only, levels, stream, span, time } = choices
  return (
    <div class="log-bars">
      <div class="bar">
        {first}
        <span class="log-search">
          <input
            ref={field}
            type="search"
            placeholder="Search the log ( / )"
            aria-label="Search the log"
            aria-invalid={hits.wrong !== null}
            value={text}
            onInput={({ currentTarget }) => onChange({ text: currentTarget.value }, true)}
            onKeyDown={(event) => {
              if (event.key === 'Enter') onHit(event.shiftKey ? -1 : 1)
              else if (event.key === 'Escape') onChange({ text: '' }, true)
            }}
          />
          <button
            type="button"
            class="tool mono"
            aria-label="Regular expression"
            title="Regular expression"
            aria-pressed={regex}
            onClick={() => onChange({ regex: !regex })}
          >
            .*
          </button>
          <button
            type="button"
            class="tool mono"
            aria-label="Match case"
            title="Match case"
            aria-pressed={matchCase}
            onClick={() => onChange({ matchCase: !matchCase })}
          >
            Aa
          </button>
        </span>
        {text !== '' && (
          <span class="hits">
            <span class={hits.wrong === null ? 'num' : 'error'} aria-live="polite">
              {hits.wrong ??
                (hits.count === 0 ? (hits.isSearching ? 'searching…' : 'no hits') : `${hits.at + 1} of ${hits.count} hits`)}
            </span>
            <button
              type="button"
              class="tool"
              aria-label="Hit before"
              title="Hit before (N)"
              disabled={hits.count === 0}
              onClick={() => onHit(-1)}
            >
              <Icon name="left" />
            </button>
            <button
              type="button"
              class="tool"
              aria-label="Next hit"
              title="Next hit (n)"
              disabled={hits.count === 0}
              onClick={() => onHit(1)}
            >
              <Icon name="right" />
            </button>
            <button type="button" class="chip" aria-pressed={only} onClick={() => onChange({ only: !only })}>
              Only hits
            </button>
          </span>
        )}
        <fieldset class="seg end">
          <legend class="hidden">Time of the drawing</legend>
          {SPANS.map(({ key, name }) => (
            <button
              key={key}
              type="button"
              aria-pressed={span === key && time === null}
              onClick={() => onChange({ span: key, time: null })}
            >
              {name}
            </button>
          ))}
        </fieldset>
      </div>
      <div class="bar">
        {LEVELS.map((level) => (
          <button
            key={level}
            type="button"
            class={`chip level l-${level}`}
            aria-pressed={levels?.has(level) ?? false}
            onClick={() => onChange({ levels: toggledLevel(levels, level) })}
          >
            <i />
            {LEVEL_WORDS[level]} {totals !== null && <b>{totals[level].toLocaleString('en')}</b>}
          </button>
        ))}
        <fieldset class="seg">
          <legend class="hidden">Stream</legend>
          {STREAMS.map((each) => (
            <button key={each} type="button" aria-pressed={stream === each} onClick={() => onChange({ stream: each })}>
              {STREAM_WORDS[each]}
            </button>
          ))}
        </fieldset>
        <span class="bar end">
          <button
            type="button"
            class="tool"
            aria-label="Times"
            title="Times"
            aria-pressed={settings.logTimes}
            onClick={() => remember({ logTimes: !settings.logTimes })}
          >
            <Icon name="clock" />
          </button>
          <button
            type="button"
            class="tool"
            aria-label="Wrap lines"
            title="Wrap lines"
            aria-pressed={settings.wrapLogs}
            onClick={() => remember({ wrapLogs: !settings.wrapLogs })}
          >
            <Icon name="wrap" />
          </button>
          <button type="button" class="tool" aria-label="Copy the lines" title="Copy the lines" onClick={onCopy}>
            <Icon name="copy" />
          </button>
          <button type="button" class="tool" aria-label="Download the lines" title="Download the lines" onClick={onDownload}>
            <Icon name="download" />
          </button>
          {last}
          {time === null && (
            <button type="button" title="Follow the newest (f)" aria-pressed={pinned} onClick={() => onPinned(!pinned)}>
              <Icon name="follow" />
              Follow
            </button>
          )}
        </span>
      </div>
    </div>
  )
}

const STREAM_WORDS = { both: 'Both', out: 'stdout', err: 'stderr' } as const
