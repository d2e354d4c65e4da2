/** Who did what, newest first, page by page from the daemon; who is no admin sees what was done to his own processes. */
import { useState } from 'preact/hooks'
import type { AuditEntry, AuditPage } from '../../protocol/overview.ts'
import { askedWords } from '../../words/actions.ts'
import { timeWords } from '../../words/time.ts'
import { request, useApp } from '../app-state.ts'
import { linkTo } from '../route.ts'
import { useAsked } from '../use-asked.ts'
import { RequestError } from '../wire.ts'
import { type Column, Pages, Table } from './data-table.tsx'
import { exactly } from './when.tsx'

const AGAIN_MS = 10_000
const NAMES = 3

export function AuditPanel({ most }: { most: number }) {
  const { known, nowMs } = useApp()
  const [text, setText] = useState('')
  /** Where the pages before this one ended; empty = the newest. */
  const [ends, setEnds] = useState<readonly number[]>([])
  const beforeMs = ends.at(-1)
  const wanted = text.trim()
  // What lies back does not change.
  const turn = beforeMs ?? Math.floor(nowMs / AGAIN_MS)
  const { value, error } = useAsked(`${turn} ${wanted} ${known.link}`, () =>
    request('audit', {
      max: most,
      ...(beforeMs !== undefined && { beforeMs }),
      ...(wanted !== '' && { targets: [`*${wanted.replace(/[*?[\]]/g, '')}*`] }),
    }).catch(unmatched),
  )
  const entries = value?.entries ?? []
  const columns: Column<AuditEntry>[] = [
    {
      head: 'When',
      cell: ({ at }) => (
        <time class="num" dateTime={at} title={exactly(at)}>
          {timeWords(at, nowMs)}
        </time>
      ),
    },
    { head: 'Who', cell: ({ by, token }) => <span title={token === null ? undefined : `with the token ${token}`}>{by}</span> },
    {
      head: 'What',
      long: true,
      cell: (entry) => (entry.denied ? <b class="error">{askedWords(entry)}</b> : askedWords(entry)),
    },
    { head: 'To', cell: Names },
  ]
  return (
    <section class="panel" aria-label="Who did what">
      <header>
        <h2>Who did what</h2>
        <small>Newest first</small>
      </header>
      <div class="bar inside">
        <input
          type="search"
          class="search"
          placeholder="Process"
          aria-label="Filter by process"
          value={text}
          onInput={({ currentTarget }) => {
            setText(currentTarget.value)
            setEnds([])
          }}
        />
      </div>
      {error !== null && <p class="error inside">{error.message}</p>}
      {value !== null && entries.length === 0 && (
        <p class="inside quiet">{wanted === '' ? 'Nobody has done anything yet.' : `Nothing was done to “${wanted}”.`}</p>
      )}
      {entries.length > 0 && (
        <Table
          label="Who did what"
          rows={entries}
          keyOf={(entry) => `${entry.at} ${entry.method} ${entry.targets}`}
          columns={columns}
        />
      )}
      {(ends.length > 0 || value?.more) && (
        <Pages
          words={ends.length === 0 ? 'The newest' : `Page ${ends.length + 1}`}
          onBefore={ends.length > 0 ? () => setEnds(ends.slice(0, -1)) : null}
          onNext={value?.more ? () => setEnds([...ends, Date.parse(entries.at(-1)!.at)]) : null}
        />
      )}
    </section>
  )
}

/** No process has such a name. */
function unmatched(error: unknown): AuditPage {
  if (error instanceof RequestError && error.code === 'NOT_FOUND') return { entries: [], more: false }
  throw error
}

function Names({ processes, targets }: AuditEntry) {
  const names = processes.length > 0 ? processes : targets
  return (
    <span title={names.join(', ')}>
      {names.slice(0, NAMES).map((name, index) => (
        <span key={name}>
          {index > 0 && ', '}
          {processes.length > 0 ? (
            <a class="name" href={linkTo(name)}>
              {name}
            </a>
          ) : (
            name
          )}
        </span>
      ))}
      {names.length > NAMES && ` and ${names.length - NAMES} more`}
    </span>
  )
}
