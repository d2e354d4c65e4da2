/** The most frequently changed settings of a process; `ptrack set` has all of them. */
import { useState } from 'preact/hooks'
import type { Definition, DefinitionInput } from '../../protocol/definition.ts'
import { fields } from '../../protocol/fields.ts'
import type { ProcessView } from '../../protocol/view.ts'
import { complain, request, say, useApp } from '../app-state.ts'
import { changesOf, shownText } from '../changes.ts'
import { useAsked } from '../use-asked.ts'
import { Dialog } from './dialog.tsx'

export function ChangeDialog({ view, onClose }: { view: ProcessView; onClose: () => void }) {
  const { value, error } = useAsked(view.id, () => request('show', { targets: [view.id] }))
  const definition = value?.[0]?.definition
  return (
    <Dialog title={`Change ${view.name}`} onClose={onClose}>
      {error !== null && <p class="error">{error.message}</p>}
      {definition !== undefined && <ChangeForm view={view} definition={definition} onClose={onClose} />}
    </Dialog>
  )
}

interface FormProps {
  view: ProcessView
  definition: Definition
  onClose(): void
}

function ChangeForm({ view, definition, onClose }: FormProps) {
  const { known } = useApp()
  const [busy, setBusy] = useState(false)
  const [wrong, setWrong] = useState<string | null>(null)
  const group = definition.instance?.of ?? definition.name
  const isOfGroup = (name: string): boolean =>
    name === group || (name.startsWith(group) && /^:\d+$/.test(name.slice(group.length)))
  // As of the opening of the form: the field keeps its text whatever changes meanwhile.
  const [instances] = useState(() => [...known.views.values()].filter(({ name }) => isOfGroup(name)).length)
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    const fields = new FormData(event.currentTarget as HTMLFormElement)
    const text = (name: string): string | null => fields.get(name) as string | null
    let changes: Partial<DefinitionInput>
    try {
      changes = changesOf(definition, text)
    } catch (failure) {
      return setWrong((failure as Error).message)
    }
    const wanted = Number(text('instances') ?? instances)
    setBusy(true)
    try {
      const done = []
      if (Object.keys(changes).length > 0) done.push(...(await request('set', { targets: [view.id], changes: changes as never })))
      if (wanted !== instances) done.push(...(await request('scale', { target: group, instances: wanted })))
      for (const { ok, name, note, error } of done)
        say({ tone: ok ? 'quiet' : 'bad', text: error?.message ?? `${name}: ${note ?? 'changed'}`, process: name })
      onClose()
    } catch (failure) {
      complain(failure)
      setBusy(false)
    }
  }
  const { restart, timeoutMs, maxMemoryBytes, priority, retries } = fields()
  const isJob = view.kind === 'job'
  return (
    <form onSubmit={submit}>
      <label>
        Title <input name="title" maxLength={200} defaultValue={definition.title ?? ''} />
      </label>
      <label>
        Description <input name="description" maxLength={2000} defaultValue={definition.description ?? ''} />
      </label>
      {view.kind !== 'external' && (
        <>
          <label>
            Restart policy
            <select name="restart">
              {restart.value.choices!.map((each) => (
                <option key={each} selected={each === definition.restart}>
                  {each}
                </option>
              ))}
            </select>
          </label>
          <label>
            Time limit{' '}
            <input
              name="timeoutMs"
              placeholder={`none; such as ${timeoutMs.value.example}`}
              defaultValue={shownText('timeoutMs', definition.timeoutMs)}
            />
          </label>
          <label>
            Memory limit{' '}
            <input
              name="maxMemoryBytes"
              placeholder={`none; such as ${maxMemoryBytes.value.example}`}
              defaultValue={shownText('maxMemoryBytes', definition.maxMemoryBytes)}
            />
          </label>
        </>
      )}
      {isJob && (
        <>
          <label>
            Priority{' '}
            <input
              name="priority"
              type="number"
              min={priority.value.min}
              max={priority.value.max}
              defaultValue={String(definition.priority)}
            />
          </label>
          <label>
            Retries{' '}
            <input
              name="retries"
              type="number"
              min={retries.value.min}
              max={retries.value.max}
              defaultValue={String(definition.retries)}
            />
          </label>
        </>
      )}
      {view.kind === 'service' && (
        <label>
          Instances of {group} <input name="instances" type="number" min={1} max={10_000} defaultValue={String(instances)} />
        </label>
      )}
      {wrong !== null && (
        <p class="error" role="alert">
          {wrong}
        </p>
      )}
      <div class="choices">
        <button type="button" onClick={onClose}>
          Close
        </button>
        <button type="submit" class="primary" disabled={busy || known.link !== 'here'}>
          Change
        </button>
      </div>
    </form>
  )
}
