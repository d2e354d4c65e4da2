/** For admins: load per owner and type, limits, and the daemon's condition. */
import { useState } from 'preact/hooks'
import { isEnded } from '../../protocol/names.ts'
import type { Input } from '../../protocol/requests.ts'
import type { SystemLoad } from '../../protocol/view.ts'
import { durationWords, percentWords, sizeWords } from '../../words/status.ts'
import { complain, request, useApp } from '../app-state.ts'
import { activeWork } from '../store.ts'
import { useAsked } from '../use-asked.ts'

interface Load {
  live: number
  waiting: number
  cpu: number
  memory: number
}

export function AdminPage() {
  const { known, nowMs, session } = useApp()
  const [round, setRound] = useState(0)
  const jobs = activeWork(known.views.values())
  const waiting = jobs.filter(({ status }) => status === 'pending').length
  const limits = useAsked(`${round} ${jobs.length} ${waiting} ${known.link}`, () => request('limits.get', {}))
  const daemon = useAsked(`${Math.floor(nowMs / 5000)} ${known.link}`, () => request('daemon.status', {}))
  if (session?.role !== 'admin') return <p class="nothing">This page is for admins.</p>
  const owners = new Map<string, Load>()
  for (const view of known.views.values()) {
    if (isEnded(view.status)) continue
    const load = owners.get(view.owner) ?? { live: 0, waiting: 0, cpu: 0, memory: 0 }
    if (view.status === 'pending' || view.status === 'retrying') load.waiting++
    else load.live++
    load.cpu += view.cpuPercent ?? 0
    load.memory += view.memoryBytes ?? 0
    owners.set(view.owner, load)
  }
  const set = async (params: Input<'limits.set'>): Promise<void> => {
    try {
      await request('limits.set', params)
    } catch (error) {
      complain(error)
    }
    setRound((n) => n + 1)
  }
  const rules = limits.value
  return (
    <>
      <h1>Admin</h1>
      <div class="columns">
        <section aria-label="Owners">
          <h2>Owners</h2>
          <table>
            <thead>
              <tr>
                {['owner', 'live', 'waiting', 'CPU', 'memory', 'limit of jobs'].map((title) => (
                  <th key={title} scope="col" class={title === 'owner' || title === 'limit of jobs' ? undefined : 'number'}>
                    {title}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {[...owners].map(([owner, { live, waiting, cpu, memory }]) => (
                <tr key={owner}>
                  <th scope="row">{owner}</th>
                  <td class="number">{live}</td>
                  <td class="number">{waiting}</td>
                  <td class="number">{percentWords(cpu)}</td>
                  <td class="number">{sizeWords(memory)}</td>
                  <td>
                    <Limit
                      label={`Limit of ${owner}`}
                      value={rules?.owners[owner] ?? null}
                      onSet={(n) => void set({ owners: { [owner]: n } })}
                    />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
        <section aria-label="Limits">
          <h2>Jobs at once</h2>
          {rules !== null && (
            <>
              <p class="empty">
                {rules.live} live, {rules.queued} queued; whoever is over a limit waits for a place.
              </p>
              <table>
                <tbody>
                  <tr>
                    <th scope="row">all</th>
                    <td>
                      <Limit label="Limit over all" value={rules.global} onSet={(n) => void set({ global: n })} />
                    </td>
                  </tr>
                  {Object.entries(rules.types).map(([type, value]) => (
                    <tr key={type}>
                      <th scope="row">type {type}</th>
                      <td>
                        <Limit label={`Limit of type ${type}`} value={value} onSet={(n) => void set({ types: { [type]: n } })} />
                      </td>
                    </tr>
                  ))}
                  {Object.entries(rules.owners)
                    .filter(([owner]) => !owners.has(owner))
                    .map(([owner, value]) => (
                      <tr key={owner}>
                        <th scope="row">owner {owner}</th>
                        <td>
                          <Limit label={`Limit of ${owner}`} value={value} onSet={(n) => void set({ owners: { [owner]: n } })} />
                        </td>
                      </tr>
                    ))}
                </tbody>
              </table>
              <NewLimit onSet={(kind, name, n) => void set({ [kind]: { [name]: n } })} />
            </>
          )}
        </section>
        <section aria-label="Load">
          <h2>Load of the machine</h2>
          {daemon.value !== null && <MachineLoad load={daemon.value.system} />}
        </section>
        <section aria-label="Daemon">
          <h2>Daemon</h2>
          {daemon.error !== null && <p class="error">{daemon.error.message}</p>}
          {daemon.value !== null && (
            <dl class="facts">
              {(
                [
                  ['Version', daemon.value.version],
                  ['Pid', String(daemon.value.pid)],
                  ['Up', durationWords(daemon.value.uptimeMs)],
                  ['Memory', sizeWords(daemon.value.rssBytes)],
                  ['Clients', String(daemon.value.clients)],
                  ['State', daemon.value.stateError?.message ?? 'is written'],
                  ['Home', daemon.value.home],
                ] as const
              ).map(([label, value]) => (
                <div key={label}>
                  <dt>{label}</dt>
                  <dd>{value}</dd>
                </div>
              ))}
            </dl>
          )}
          {daemon.value?.notes.map((note) => (
            <p key={note} class="because">
              {note}
            </p>
          ))}
        </section>
      </div>
    </>
  )
}

function MachineLoad({ load: { loadAverages, cpus, memoryBytes, memoryFreeBytes } }: { load: SystemLoad }) {
  const [lately = 0] = loadAverages
  const used = memoryBytes - memoryFreeBytes
  const rows = [
    [
      'CPU',
      lately / cpus,
      `load ${loadAverages.map((load) => load.toFixed(2)).join(' ')} (1, 5 and 15 min) on ${cpus} ${cpus === 1 ? 'CPU' : 'CPUs'}`,
    ],
    ['Memory', used / memoryBytes, `${sizeWords(used)} of ${sizeWords(memoryBytes)}`],
  ] as const
  return (
    <dl class="facts load">
      {rows.map(([label, share, words]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>
            <meter aria-label={label} min={0} max={1} high={0.9} value={Math.min(1, share)} />
            {words}
          </dd>
        </div>
      ))}
    </dl>
  )
}

function NewLimit({ onSet }: { onSet: (kind: 'types' | 'owners', name: string, value: number) => void }) {
  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    const form = event.currentTarget as HTMLFormElement
    const fields = new FormData(form)
    onSet(fields.get('kind') as 'types' | 'owners', String(fields.get('name')).trim(), Number(fields.get('value')))
    form.reset()
  }
  return (
    <form class="bar new-limit" onSubmit={submit}>
      <select name="kind" aria-label="For a type or an owner">
        <option value="types">type</option>
        <option value="owners">owner</option>
      </select>
      <input name="name" required maxLength={64} pattern=".*\S.*" placeholder="its name" aria-label="Name of the type or owner" />
      <input name="value" type="number" required min={1} max={100000} placeholder="jobs" aria-label="Jobs at once" />
      <button type="submit">Add a limit</button>
    </form>
  )
}

function Limit({ label, value, onSet }: { label: string; value: number | null; onSet: (value: number | null) => void }) {
  return (
    <input
      type="number"
      min={1}
      max={100000}
      placeholder="none"
      aria-label={label}
      // Not its `value`, which each tick of the page would reset during typing.
      key={value}
      defaultValue={value === null ? '' : String(value)}
      onChange={({ currentTarget }) =>
        currentTarget.validity.valid && onSet(currentTarget.value === '' ? null : currentTarget.valueAsNumber)
      }
    />
  )
}
