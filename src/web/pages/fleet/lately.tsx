/** What happened lately on all nodes, from the events that the bus keeps. */
import type { PtrackEvent } from '../../../protocol/events.ts'
import type { FleetEvent } from '../../../protocol/fleet.ts'
import { clockWords } from '../../../words/short.ts'
import { eventWords } from '../../event-words.ts'
import { exactly } from '../../parts/when.tsx'
import type { FleetNow } from '../../use-fleet.ts'
import { eventful } from './fleet-words.ts'

export function Lately({ events }: Pick<FleetNow, 'events'>) {
  const lines = typeof events === 'string' ? [] : eventful(events)
  return (
    <section class="panel" aria-labelledby="h-fleet-lately">
      <header>
        <h2 id="h-fleet-lately">Lately in the fleet</h2>
      </header>
      {typeof events === 'string' && <p class="nothing">{events}</p>}
      {typeof events !== 'string' && lines.length === 0 && <p class="nothing">Nothing yet.</p>}
      <ol class="lates">
        {lines.map((line, index) =>
          'gap' in line ? (
            <li key={`${line.fleetSeq} ${index}`}>
              <span />
              <b>{line.node}</b>
              <span>events are missing: {line.gap}</span>
            </li>
          ) : (
            <li key={`${line.node} ${line.epoch} ${line.seq}`}>
              <time class="quiet num" dateTime={line.at} title={exactly(line.at)}>
                {clockWords(line.at)}
              </time>
              <b>{line.node}</b>
              <span class="cut">
                {line.process !== null && <b>{line.process}</b>} {line.type === 'audit' ? '' : TITLES[line.type]}{' '}
                {eventWords(payloadOf(line))}
              </span>
            </li>
          ),
        )}
      </ol>
    </section>
  )
}

/** Where it is from stands beside it. */
function payloadOf(event: FleetEvent): PtrackEvent {
  const { fleetSeq: _number, node: _node, epoch: _epoch, owner: _owner, ...own } = event
  return own as PtrackEvent
}

const TITLES: Readonly<Record<string, string>> = {
  processExit: 'ended:',
  processStarted: 'started',
  crashLoop: 'crash loop',
  orphanFound: 'left behind:',
  initialized: 'the daemon began',
}
