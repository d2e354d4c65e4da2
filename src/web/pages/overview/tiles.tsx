/** Six figures, each with what it was. */
import type { ComponentChildren } from 'preact'
import { isLive } from '../../../protocol/names.ts'
import type { CountBucket } from '../../../protocol/overview.ts'
import type { ProcessView } from '../../../protocol/view.ts'
import { cpuScale, memoryScale, moves } from '../../../words/scales.ts'
import { counted, roughly, shareWords } from '../../../words/short.ts'
import { sizeWords } from '../../../words/status.ts'
import { useSelected } from '../../app-state.ts'
import { CountBars, Spark } from '../../parts/drawings.tsx'
import { linkToPage } from '../../route.ts'
import { useMachine } from '../../use-machine.ts'
import type { Past } from './use-past.ts'

const sum = (buckets: readonly CountBucket[], of: 'ended' | 'failed'): number =>
  buckets.reduce((all, bucket) => all + bucket[of], 0)

export function Tiles({ views, past }: { views: readonly ProcessView[]; past: Past }) {
  const load = useMachine()
  const hours = past.hours?.buckets ?? []
  const day = past.day?.buckets ?? []
  const [before, lately] = [hours.slice(0, 12), hours.slice(12)]
  const failed = sum(lately, 'failed')
  const services = views.filter(({ kind, wanted, status }) => kind === 'service' && (wanted === 'up' || isLive(status)))
  const running = views.filter(({ status }) => isLive(status))
  const servicesUp = services.filter(({ status }) => isLive(status)).length
  const waiting = views.filter(({ status }) => status === 'pending')
  const oldest = Math.min(...waiting.map(({ since }) => Date.parse(since)))
  const waitWords = useSelected(({ nowMs }) =>
    waiting.length === 0 ? 'Nothing waits' : `The oldest for ${roughly(Math.max(1000, nowMs - oldest))}`,
  )
  const [endedRuns, failedRuns] = [sum(day, 'ended'), sum(day, 'failed')]
  const counts = lately.map((bucket) => bucket.running)
  return (
    <section class="tiles panel" aria-label="At a glance">
      <Tile
        word="Failed runs"
        link={linkToPage('processes', { status: 'attention' })}
        bad={failed > 0}
        figure={past.hours === null ? '' : String(failed)}
        unit="in 1 h"
        note={past.hours === null ? '' : `${sum(before, 'failed')} in the hour before`}
      >
        {sum(hours, 'failed') > 0 && <CountBars buckets={hours} of="failed" label="Failed runs every 5 minutes over 2 hours" />}
      </Tile>
      <Tile
        word="Running"
        link={linkToPage('processes', { status: 'running' })}
        figure={String(running.length)}
        note={`${servicesUp} of ${counted(services.length, 'service')}, ${counted(running.length - servicesUp, 'job')}`}
      >
        {moves(counts) && <Spark wide values={counts} scale={{ low: 0, high: Math.max(1, ...counts) * 1.2 }} />}
      </Tile>
      <Tile word="Waiting" link={linkToPage('processes', { status: 'waiting' })} figure={String(waiting.length)} note={waitWords}>
        {lately.some((bucket) => bucket.waiting > 0) && (
          <CountBars buckets={lately} of="waiting" label="Waiting jobs every 5 minutes over the last hour" />
        )}
      </Tile>
      <Tile
        word="Ended"
        link={linkToPage('processes', { status: 'ended' })}
        figure={past.day === null ? '' : endedRuns.toLocaleString('en')}
        unit="in 24 h"
        note={
          endedRuns === 0
            ? past.day === null
              ? ''
              : 'No run has ended'
            : `${endedRuns - failedRuns} ended well, ${failedRuns} failed: ${shareWords(endedRuns - failedRuns, endedRuns)}`
        }
      >
        {endedRuns > 0 && <CountBars buckets={day} of="ended" label="Ended runs by hour over 24 hours, failed ones on top" />}
      </Tile>
      {load !== null && (
        <>
          <Tile
            word="CPU"
            figure={load.cpuPercent === null ? '' : `${Math.round(load.cpuPercent)}%`}
            unit={`of ${counted(load.cpus, 'core')}`}
            note={`Load ${load.loadAverages.map((each) => each.toFixed(1)).join(', ')}`}
          >
            {past.machine !== null && moves(past.machine.cpuPercent, 20) && (
              <Spark wide values={past.machine.cpuPercent} scale={cpuScale(past.machine.cpuPercent)} />
            )}
          </Tile>
          <Tile
            word="Memory"
            figure={sizeWords(load.memoryBytes - load.memoryFreeBytes)}
            unit={`of ${sizeWords(load.memoryBytes)}`}
            note={`${sizeWords(views.reduce((all, { memoryBytes }) => all + (memoryBytes ?? 0), 0))} by processes here`}
          >
            {past.machine !== null && moves(past.machine.memoryBytes) && (
              <Spark wide values={past.machine.memoryBytes} scale={memoryScale(past.machine.memoryBytes)} />
            )}
          </Tile>
        </>
      )}
    </section>
  )
}

interface TileProps {
  word: string
  figure: string
  unit?: string
  note: string
  link?: string
  bad?: boolean
  children: ComponentChildren
}

function Tile({ word, figure, unit, note, link, bad = false, children }: TileProps) {
  const content = (
    <>
      <span class="word">{word}</span>
      <strong>
        {figure}
        {unit !== undefined && figure !== '' && <small> {unit}</small>}
      </strong>
      <span class="note">{note}</span>
      {children}
    </>
  )
  const name = `tile ${bad ? 'bad' : ''}`
  return link === undefined ? (
    <div class={name}>{content}</div>
  ) : (
    <a class={name} href={link}>
      {content}
    </a>
  )
}
