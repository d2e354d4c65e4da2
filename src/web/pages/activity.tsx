/** Who did what, as the daemon keeps it; and what has happened since the page was opened, newest first. */
import '../style/admin.css'
import type { PtrackEvent } from '../../protocol/events.ts'
import { timeWords } from '../../words/time.ts'
import { useApp } from '../app-state.ts'
import { eventWords } from '../event-words.ts'
import { evenHeights } from '../heights.ts'
import { AuditPanel } from '../parts/audit-panel.tsx'
import { Virtual } from '../parts/virtual.tsx'
import { linkTo, linkToPage, type Query } from '../route.ts'

/** Of a busy program there are hundreds, and its own page has them. */
const FREQUENT: ReadonlySet<PtrackEvent['type']> = new Set(['progress', 'step', 'result', 'log', 'audit'])

export function ActivityPage({ query }: { query: Query }) {
  const { known, nowMs } = useApp()
  const isAll = query.all === '1'
  const events = isAll ? known.events : known.events.filter(({ type }) => !FREQUENT.has(type))
  const hidden = known.events.length - events.length
  return (
    <div class="admin">
      <div class="head">
        <h1>Activity</h1>
      </div>
      <AuditPanel most={20} />
      <section class="panel" aria-label="Events">
        <header>
          <h2>Since this page was opened</h2>
          <small>
            {isAll ? (
              <a href={linkToPage('activity')}>Without progress and results</a>
            ) : (
              hidden > 0 && (
                <a href={linkToPage('activity', { all: '1' })}>{hidden.toLocaleString('en')} of progress and results too</a>
              )
            )}
          </small>
        </header>
        {known.gaps > 0 && <p class="inside quiet">Some events could not be had: the daemon did not keep them long enough.</p>}
        {events.length === 0 && <p class="inside quiet">Nothing has happened yet.</p>}
        <Virtual
          fits
          class="events"
          label="Events, newest first"
          heights={evenHeights(events.length, 28)}
          row={(index) => {
            const event = events[events.length - 1 - index]!
            return (
              <div key={event.key} class="event" data-seq={event.seq} data-at={event.at}>
                <time dateTime={event.at}>{timeWords(event.at, nowMs)}</time>
                <span class="type">{event.type}</span>
                {event.process !== null && <a href={linkTo(event.process)}>{event.process}</a>}
                <span class="text">{eventWords(event)}</span>
              </div>
            )
          }}
        />
      </section>
    </div>
  )
}
