/** How many jobs may be live at once: over all, by type and by owner; with what each owner has. */
import { useState } from 'preact/hooks'
import { isEnded } from '../../../protocol/names.ts'
import type { Input } from '../../../protocol/requests.ts'
import type { ProcessView } from '../../../protocol/view.ts'
import { percentWords, sizeWords } from '../../../words/status.ts'
import { request, useApp } from '../../app-state.ts'
import { PagedTable } from '../../parts/data-table.tsx'
import { activeWork } from '../../store.ts'
import { useAsked } from '../../use-asked.ts'
import { useTried } from '../../use-tried.ts'

interface Load {
  owner: string
  live: number
  waiting: number
  cpu: number
  memory: number
}

function loadsOf(views: Iterable<ProcessView>): Load[] {
  const owners = new Map<string, Load>()
  for (const view of views) {
    if (isEnded(view.status)) continue
    const load = owners.get(view.owner) ?? { owner: view.owner, live: 0, waiting: 0, cpu: 0, memory: 0 }
    if (view.status === 'pending' || view.status === 'retrying') load.waiting++
    else load.live++
    load.cpu += view.cpuPercent ?? 0
    load.memory += view.memoryBytes ?? 0
    owners.set(view.owner, load)
  }
  return [...owners.values()]
}

export function Limits({ refused }: { refused: string | undefined }) {
  const { known } = useApp()
  const [round, setRound] = useState(0)
  const { error, attempt } = useTried()
  const jobs = activeWork(known.views.values())
  const waiting = jobs.filter(({ status }) => status === 'pending').length
  const rules = useAsked(`${round} ${jobs.length} ${waiting} ${known.link}`, () => request('limits.get', {})).value
  const loads = loadsOf(known.views.values())
  const set = async (params: Input<'limits.set'>): Promise<void> => {
    await attempt(() => request('limits.set', params))
    setRound((n) => n + 1)
  }
  const field = (label: string, value: number | null, onSet: (n: number | null) => void) => (
    <Limit label={label} value={value} refused={refused} onSet={onSet} />
  )
  const ofOwner = (owner: string) =>
    field(`Limit of ${owner}`, rules?.owners[owner] ?? null, (n) => void set({ owners: { [owner]: n } }))
  const others =
    rules === null
      ? []
      : [
          { what: 'all', field: field('Limit over all', rules.global, (n) => void set({ global: n })) },
          ...Object.entries(rules.types).map(([type, value]) => ({
            what: `type ${type}`,
            field: field(`Limit of type ${type}`, value, (n) => void set({ types: { [type]: n } })),
          })),
          ...Object.keys(rules.owners)
            .filter((owner) => !loads.some((load) => load.owner === owner))
            .map((owner) => ({ what: `owner ${owner}`, field: ofOwner(owner) })),
        ]
  return (
    <>
      <section class="panel" aria-label="Limits">
        <header>
          <h2>Jobs at once</h2>
          {rules !== null && (
            <small>
              {rules.live} live, {rules.queued} queued
            </small>
          )}
        </header>
        <PagedTable
          label="Limits of jobs"
          rows={others}
          keyOf={({ what }) => what}
          textOf={({ what }) => what}
          empty="They are not known yet."
          columns={[
            { head: 'Over', cell: ({ what }) => what },
            { head: 'At most', cell: ({ field: its }) => its },
          ]}
        />
        {error !== null && <p class="error inside">{error}</p>}
        <NewLimit refused={refused} onSet={(kind, name, n) => void set({ [kind]: { [name]: n } })} />
      </section>
      <section class="panel" aria-label="Owners">
        <header>
          <h2>Owners</h2>
        </header>
        <PagedTable
          label="What owners have"
          rows={loads}
          keyOf={({ owner }) => owner}
          textOf={({ owner }) => owner}
          empty="Nothing is live."
          columns={[
            { head: 'Owner', cell: ({ owner }) => owner },
            { head: 'Live', number: true, cell: ({ live }) => live },
            { head: 'Waiting', number: true, cell: (load) => load.waiting },
            { head: 'CPU', number: true, cell: ({ cpu }) => percentWords(cpu) },
            { head: 'Memory', number: true, cell: ({ memory }) => sizeWords(memory) },
            { head: 'Jobs at most', cell: ({ owner }) => ofOwner(owner) },
          ]}
        />
      </section>
    </>
  )
}

interface NewLimitProps {
  refused: string | undefined
  onSet(kind: 'types' | 'owners', name: string, value: number): void
}

function NewLimit({ refused, onSet }: NewLimitProps) {
  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    const form = event.currentTarget as HTMLFormElement
    const fields = new FormData(form)
    onSet(fields.get('kind') as 'types' | 'owners', String(fields.get('name')).trim(), Number(fields.get('value')))
    form.reset()
  }
  return (
    <form class="inside" onSubmit={submit}>
      <fieldset class="bar" disabled={refused !== undefined} title={refused}>
        <select name="kind" aria-label="For a type or an owner">
          <option value="types">type</option>
          <option value="owners">owner</option>
        </select>
        <input
          name="name"
          required
          maxLength={64}
          pattern=".*\S.*"
          placeholder="its name"
          aria-label="Name of the type or owner"
        />
        <input name="value" type="number" required min={1} max={100000} placeholder="jobs" aria-label="Jobs at once" />
        <button type="submit">Add a limit</button>
      </fieldset>
    </form>
  )
}

interface LimitProps {
  label: string
  value: number | null
  refused: string | undefined
  onSet(value: number | null): void
}

const Limit = ({ label, value, refused, onSet }: LimitProps) => (
  <input
    type="number"
    min={1}
    max={100000}
    placeholder="none"
    aria-label={label}
    disabled={refused !== undefined}
    title={refused}
    // Not its `value`, which each tick of the page would reset during typing.
    key={value}
    defaultValue={value === null ? '' : String(value)}
    onChange={({ currentTarget }) =>
      currentTarget.validity.valid && onSet(currentTarget.value === '' ? null : currentTarget.valueAsNumber)
    }
  />
)
