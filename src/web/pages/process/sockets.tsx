/** Shared sockets of a set: who serves them, how far a reload is, and the version that was rolled back. */
import { useEffect, useState } from 'preact/hooks'
import type { ProcessDetail, ProcessView, RunView } from '../../../protocol/view.ts'
import { naturalOrder } from '../../../words/natural-order.ts'
import { refusedWords, type Serving, servingNote, servingOf } from '../../../words/reload.ts'
import { counted } from '../../../words/short.ts'
import type { State } from '../../../words/states.ts'
import { sentence } from '../../../words/text.ts'
import { request, useApp, useNow, useSelected } from '../../app-state.ts'
import { Table } from '../../parts/data-table.tsx'
import { Mark } from '../../parts/icon.tsx'
import { When } from '../../parts/when.tsx'
import { linkTo } from '../../route.ts'
import { useAsked } from '../../use-asked.ts'

const MARKS: Readonly<Record<Serving, State>> = {
  checking: 'starting',
  serving: 'running',
  draining: 'completing',
  ending: 'completing',
  alive: 'starting',
}
/** While runs change, and while nothing is heard of them. */
const SOON_MS = 1000
const SELDOM_MS = 30_000

/** All instances with what they are asked: a reload is one of the whole set. */
function useSet(view: ProcessView, isReloading: boolean): ProcessDetail[] | null {
  const { known } = useApp()
  const set = view.instance?.of ?? view.name
  const all = [...known.views.values()].filter(({ id, instance, name }) => id === view.id || instance?.of === set || name === set)
  const ids = all.map(({ id }) => id)
  const last =
    known.events.findLast((event) => (event.id === null ? 'set' in event && event.set === set : ids.includes(event.id)))?.key ?? 0
  const turns = all.map(({ id, run, status, health }) => `${id} ${run} ${status} ${health}`).join()
  const slot = useNow(isReloading ? SOON_MS : SELDOM_MS)
  const { value } = useAsked(`${turns} ${last} ${known.link} ${slot}`, () => request('show', { targets: ids }))
  return value?.toSorted((a, b) => naturalOrder(a.name, b.name)) ?? null
}

const livesOf = ({ runs }: ProcessDetail): RunView[] =>
  runs.filter(({ endedAt, outcome }) => endedAt === null && outcome === null)

export function Sockets({ view, detail }: { view: ProcessView; detail: ProcessDetail }) {
  if (detail.sockets.length === 0) return <RolledBack detail={detail} />
  return <Shared view={view} detail={detail} />
}

function Shared({ view, detail }: { view: ProcessView; detail: ProcessDetail }) {
  const [isReloading, setReloading] = useState(false)
  const set = useSet(view, isReloading) ?? [detail]
  const own = set.find(({ id }) => id === view.id) ?? detail
  const isMoving = useIsMoving(view)
  const changes = isMoving || set.some((each) => livesOf(each).some(({ phase }) => phase !== undefined))
  useEffect(() => setReloading(changes), [changes])
  const rows = set.flatMap((each) => livesOf(each).map((run) => ({ each, run, which: servingOf(run) })))
  const serving = new Set(rows.filter(({ which }) => which === 'serving').map(({ each }) => each.id)).size
  const changing = set.filter((each) => livesOf(each).some(({ phase }) => phase !== undefined))
  return (
    <>
      <RolledBack detail={own} />
      <section class="panel" aria-labelledby="h-sockets">
        <header>
          <h2 id="h-sockets">Sockets</h2>
          <small aria-live="polite">
            {changing.length > 0
              ? `Reload: ${changing.map(({ name }) => name).join(', ')}`
              : `${serving} of ${counted(set.length, 'instance')} ${serving === 1 ? 'serves' : 'serve'}`}
          </small>
        </header>
        <Table
          label={`Sockets of ${view.name}`}
          rows={detail.sockets}
          keyOf={({ name }) => name}
          columns={[
            { head: 'Name', cell: ({ name }) => name },
            { head: 'Address', cell: ({ address }) => <code>{address}</code> },
            { head: 'Waiting', number: true, cell: ({ queued }) => queued ?? '' },
            {
              head: 'Holders',
              number: true,
              cell: ({ holders }) => (holders === 0 ? <b class="bad is">none: stop and start it</b> : holders),
            },
          ]}
        />
        <Table
          label="Who serves them"
          rows={rows}
          keyOf={({ run }) => run.runId}
          columns={[
            { head: 'Instance', cell: ({ each }) => <a href={linkTo(each.name)}>{each.name}</a> },
            { head: 'Run', number: true, cell: ({ run }) => run.run },
            {
              head: 'Phase',
              cell: ({ which }) => (
                <span class="phase">
                  <Mark state={MARKS[which]} /> {sentence(which)}
                </span>
              ),
            },
            { head: 'Connections', long: true, cell: ({ run }) => servingNote(run) },
            { head: 'Began', cell: ({ run }) => <When at={run.startedAt} /> },
          ]}
        />
      </section>
    </>
  )
}

/** It or another of its set starts or ends, by what is pushed. */
function useIsMoving(view: ProcessView): boolean {
  const set = view.instance?.of ?? view.name
  return useSelected(({ known }) =>
    [...known.views.values()].some(
      ({ name, instance, status }) =>
        (instance?.of === set || name === set) && (status === 'starting' || status === 'completing'),
    ),
  )
}

/** The version that did not become healthy: what was different in it, and why it is not used. */
function RolledBack({ detail: { refused } }: { detail: ProcessDetail }) {
  if (refused === null) return null
  return (
    <section class="why-card bad" aria-label="Rolled back">
      <Mark state="failed" />
      <h2>
        Rolled back <When at={refused.at} />
      </h2>
      <p>{sentence(refusedWords(refused))}</p>
      <p>The version before it serves. The next change of the definition is tried again.</p>
    </section>
  )
}
