/** What follows what happens: commands, webhooks and mail, with their last delivery. Those of definitions change with these. */
import { useState } from 'preact/hooks'
import type { HookView } from '../../../protocol/job-requests.ts'
import { ask, request, say, useApp } from '../../app-state.ts'
import { type Column, PagedTable } from '../../parts/data-table.tsx'
import { When } from '../../parts/when.tsx'
import { useAsked } from '../../use-asked.ts'
import { useTried } from '../../use-tried.ts'

export function Hooks({ refused }: { refused: string | undefined }) {
  const { known, nowMs } = useApp()
  const [round, setRound] = useState(0)
  const { busy, error, attempt } = useTried()
  const may = refused === undefined
  const list = useAsked(`${round} ${known.link} ${may} ${Math.floor(nowMs / 10_000)}`, async () =>
    may ? request('hooks.list', {}) : [],
  )
  const tell = async (act: () => Promise<unknown>): Promise<boolean> => {
    const done = await attempt(act)
    setRound((n) => n + 1)
    return done
  }
  const test = ({ id }: HookView): Promise<boolean> =>
    tell(async () => {
      const { ok, detail, tookMs } = await request('hooks.test', { id })
      say({ tone: ok ? 'good' : 'bad', text: `Hook ${id}: ${detail} (${tookMs} ms)`, process: null })
    })
  const remove = async ({ id, on, run }: HookView): Promise<void> => {
    if (await ask({ title: `Delete hook ${id}?`, text: `After ${on.join(', ')} nothing does ${run} any more.`, yes: 'Delete' }))
      await tell(() => request('hooks.delete', { id }))
  }
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    const form = event.currentTarget as HTMLFormElement
    const fields = new FormData(form)
    const on = String(fields.get('on'))
      .split(',')
      .map((word) => word.trim())
      .filter(Boolean)
    if (await tell(() => request('hooks.add', { on, run: `${fields.get('kind')}:${fields.get('what')}` }))) form.reset()
  }
  const columns: Column<HookView>[] = [
    { head: 'After', cell: ({ on }) => on.join(', ') },
    { head: 'Does', long: true, cell: ({ run }) => <code>{run}</code> },
    {
      head: 'Last',
      long: true,
      cell: ({ last }) =>
        last && (
          <>
            <When at={last.at} />
            <small class={last.ok ? undefined : 'error'}> {last.detail}</small>
          </>
        ),
    },
    {
      head: '',
      cell: (hook) => (
        <div class="bar">
          <button type="button" disabled={busy} aria-label={`Test hook ${hook.id}`} onClick={() => void test(hook)}>
            Test
          </button>
          <button
            type="button"
            class="danger"
            // The definition of a process has it.
            disabled={busy || hook.id.includes('#')}
            title={hook.id.includes('#') ? 'It belongs to a definition, and goes with it.' : undefined}
            aria-label={`Delete hook ${hook.id}…`}
            onClick={() => void remove(hook)}
          >
            Delete…
          </button>
        </div>
      ),
    },
  ]
  return (
    <section class="panel" aria-label="Hooks">
      <header>
        <h2>Hooks</h2>
        <small>{refused ?? 'What follows what happens to any process'}</small>
      </header>
      {may && (
        <PagedTable
          label="Hooks"
          rows={list.value ?? []}
          keyOf={({ id }) => id}
          textOf={({ on, run, id }) => `${on} ${run} ${id}`}
          empty="There is none: nothing follows a failure but what definitions say."
          columns={columns}
        />
      )}
      {list.error !== null && <p class="error inside">{list.error.message}</p>}
      {error !== null && <p class="error inside">{error}</p>}
      <form class="inside" onSubmit={(event) => void submit(event as unknown as SubmitEvent)}>
        <fieldset class="bar" disabled={!may || busy} title={refused}>
          <label>
            after <input name="on" required maxLength={200} placeholder="failed, crash-loop, cpu>90%" aria-label="After what" />
          </label>
          <select name="kind" aria-label="What it does">
            <option value="exec">command</option>
            <option value="webhook">webhook</option>
            <option value="mail">mail</option>
          </select>
          <input
            name="what"
            required
            maxLength={4000}
            placeholder="command, URL or address"
            aria-label="Command, URL or address"
          />
          <button type="submit">Add a hook</button>
        </fieldset>
      </form>
    </section>
  )
}
