/** Events since the page was opened, newest first. */
import { timeWords } from '../../words/time.ts'
import { useApp } from '../app-state.ts'
import { eventWords } from '../event-words.ts'
import { evenHeights } from '../heights.ts'
import { Virtual } from '../parts/virtual.tsx'
import { linkTo } from '../route.ts'

export function ActivityPage() {
  const { known, nowMs } = useApp()
  const { events } = known
  return (
    <>
      <h1>Activity</h1>
      {known.gaps > 0 && <p class="empty">Some events could not be had: the daemon did not keep them long enough.</p>}
      {events.length === 0 && <p class="empty">Nothing has happened since this page was opened.</p>}
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
    </>
  )
}
