/** Changes a definition: every field with its value, then the difference, then the change. */
import { useEffect, useMemo, useState } from 'preact/hooks'
import { isEnded } from '../../../protocol/names.ts'
import type { ProcessView } from '../../../protocol/view.ts'
import { counted } from '../../../words/short.ts'
import { request, useApp } from '../../app-state.ts'
import {
  changesOf,
  type FieldChange,
  isWritable,
  readVariables,
  rebased,
  type Shown,
  shownText,
  variableRows,
} from '../../form/changes.ts'
import { type Answer, saveChanges } from '../../form/save.ts'
import { whyNotInstances } from '../../form/start.ts'
import type { FieldName } from '../../form/texts.ts'
import { useAsked } from '../../use-asked.ts'
import { useUsualCondition } from '../../use-usual-condition.ts'
import { Dialog } from '../dialog.tsx'
import { Conflict } from './conflict.tsx'
import { Diff } from './diff.tsx'
import { Field } from './field.tsx'
import { FormDialog } from './form-dialog.tsx'
import { Instances } from './instances.tsx'
import { Sections } from './sections.tsx'
import { Variables } from './variables.tsx'

export function EditForm({ view, onClose }: { view: ProcessView; onClose: () => void }) {
  const { value, error } = useAsked(view.id, async () => {
    const [[detail], [env]] = await Promise.all([
      request('show', { targets: [view.id] }),
      view.kind === 'external' ? [] : request('env', { targets: [view.id] }),
    ])
    return { shown: detail as Shown, variables: env?.set ?? [] }
  })
  const title = `Change ${view.name}`
  if (value !== null) return <Edit view={view} title={title} {...value} onClose={onClose} />
  if (error === null) return null
  return (
    <Dialog title={title} onClose={onClose}>
      <p class="error">{error.message}</p>
      <div class="choices">
        <button type="button" onClick={onClose}>
          Close
        </button>
      </div>
    </Dialog>
  )
}

interface EditProps {
  view: ProcessView
  title: string
  shown: Shown
  /** Names of those that were set for it; their values stay in the daemon. */
  variables: string[]
  onClose(): void
}

type Step = 'edit' | 'review' | 'conflict'

function Edit({ view, title, shown: opened, variables, onClose }: EditProps) {
  const { known } = useApp()
  const usual = useUsualCondition()
  const [shown, setShown] = useState(opened)
  const [texts, setTexts] = useState<Readonly<Record<string, string>>>({})
  const [env, setEnv] = useState('')
  const [count, setCount] = useState<string | null>(null)
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set())
  const [tries, setTries] = useState(0)
  const [step, setStep] = useState<Step>('edit')
  const [answer, setAnswer] = useState<Answer | null>(null)
  const [busy, setBusy] = useState(false)

  const { definition } = shown
  const isLive = !isEnded(view.status)
  const group = definition.instance?.of ?? definition.name
  const instances = useMemo(() => [...known.views.values()].filter(({ name }) => isInstanceOf(name, group)).length, [])
  const wanted = count === null ? instances : Number(count)
  const read = changesOf(shown, texts, isLive, usual)
  const its = readVariables(env)
  const rows: FieldChange[] = [
    ...read.rows,
    ...variableRows(its.set, variables, isLive),
    ...(wanted === instances
      ? []
      : [{ field: 'instances', key: 'instances', before: String(instances), after: String(wanted), effect: 'now' as const }]),
  ]
  const wrong: Partial<Record<string, string>> = { ...read.wrong, ...(its.wrong !== null && { env: its.wrong }) }
  const wrongInstances = whyNotInstances(wanted)
  if (wrongInstances !== null) wrong.instances = wrongInstances
  const misread = Object.keys(wrong)
  const wrongOf = (field: string): string | null =>
    (tries > 0 || left.has(field) ? wrong[field] : undefined) ?? (answer?.field === field ? answer.text : null)
  const touch = (field: string): void => {
    if (!left.has(field)) setLeft(new Set([...left, field]))
  }
  const write = (field: string, text: string): void => {
    setTexts((before) => ({ ...before, [field]: text }))
    if (answer?.field === field) setAnswer(null)
  }

  // The focus is where the form is wrong; back from the difference, at the first change.
  useEffect(() => {
    if (tries > 0) document.querySelector<HTMLElement>('dialog.wide [aria-invalid="true"]')?.focus()
  }, [tries])
  useEffect(() => {
    if (step === 'edit' && rows.length > 0 && misread.length === 0 && answer === null)
      document.querySelector<HTMLElement>('dialog.wide .changed :is(input, select, textarea)')?.focus()
  }, [step])
  const review = (): void => {
    if (misread.length > 0) return setTries(tries + 1)
    if (rows.length === 0) return onClose()
    setAnswer(null)
    setStep('review')
  }
  const readAgain = async (): Promise<Record<string, string>> => {
    const [detail] = await request('show', { targets: [view.id] })
    const now = detail as unknown as Shown
    const kept = rebased(shown, now, texts)
    setTexts(kept)
    setShown(now)
    return kept
  }
  const save = async (thenRun: boolean): Promise<void> => {
    setBusy(true)
    const result = await saveChanges({
      view,
      group,
      read,
      variables: its.set,
      instances: wanted === instances ? null : wanted,
      run: thenRun ? (isLive ? 'restart' : 'start') : null,
    })
    // The first of several requests may have been done: what it has saved is no change any more, and no conflict.
    if (result !== null && result.conflict === undefined) await readAgain().catch(() => {})
    setBusy(false)
    if (result === null) return onClose()
    setAnswer(result)
    setStep(result.conflict === undefined ? 'edit' : 'conflict')
    if (result.field !== null) setTries(tries + 1)
  }
  const goOn = async (): Promise<void> => {
    setBusy(true)
    try {
      const kept = await readAgain()
      setStep(Object.keys(kept).length === 0 ? 'edit' : 'review')
      setAnswer(null)
    } catch (error) {
      setAnswer({ field: null, text: (error as Error).message })
    }
    setBusy(false)
  }

  const away = known.link !== 'here'
  const takesRun = view.kind === 'service' || !isLive
  const needsRun = Object.keys(its.set).length > 0 && !['running', 'paused', 'starting'].includes(view.status)
  const changes = counted(rows.length + misread.length, 'change')
  return (
    <FormDialog
      title={title}
      unsaved={rows.length + misread.length === 0 ? null : changes}
      step={step}
      onClose={onClose}
      onSubmit={() => {
        if (busy || away) return
        if (step === 'edit') review()
        else if (step === 'review') void save(needsRun)
        else void goOn()
      }}
      foot={(leave) => (
        <>
          <span class="quiet" aria-live="polite">
            {step === 'edit' && (rows.length + misread.length === 0 ? 'Nothing is changed' : changes)}
          </span>
          {step === 'edit' ? (
            <button type="button" key="close" onClick={leave}>
              Close
            </button>
          ) : (
            <button type="button" key="back" disabled={busy} onClick={() => setStep('edit')}>
              Back
            </button>
          )}
          {step === 'review' && takesRun && view.kind !== 'external' && (
            <button type="button" disabled={busy || away} onClick={() => void save(true)}>
              {isLive ? 'Save and restart' : 'Save and start'}
            </button>
          )}
          <button
            type="submit"
            key={step}
            class="primary"
            ref={step === 'edit' ? undefined : focus}
            disabled={busy || away || (step === 'edit' && rows.length + misread.length === 0) || (step === 'review' && needsRun)}
          >
            {step === 'edit' ? 'Review changes' : step === 'review' ? 'Save' : 'Go on from the new values'}
          </button>
        </>
      )}
    >
      {answer !== null && answer.field === null && answer.conflict === undefined && (
        <p class="error" role="alert">
          {answer.text}
        </p>
      )}
      {step === 'conflict' && <Conflict shown={shown} now={answer!.conflict!} rows={read.rows} />}
      {step === 'review' && (
        <>
          <Diff rows={rows} name={`What changes of ${view.name}`} />
          {needsRun && <p class="because">Variables are kept for a run: save and start it.</p>}
          {definition.instance !== null && (
            <p class="quiet">
              Only {view.name} is changed, not the other instances of {group}.
            </p>
          )}
        </>
      )}
      {step === 'edit' && (
        <Sections
          kind={view.kind}
          touched={rows.map(({ field }) => field)}
          wrong={tries > 0 || answer !== null ? [...misread, answer?.field ?? ''] : []}
          done="changed"
          render={(field: FieldName) => {
            const before = shownText(field, shown)
            return (
              <Field
                key={field}
                field={field}
                before={before}
                text={texts[field] ?? before}
                wrong={wrongOf(field)}
                locked={isWritable(field, shown, usual) ? null : 'It cannot be written in lines; `ptrack set` changes it.'}
                onText={(text) => write(field, text)}
                onLeave={() => touch(field)}
              />
            )
          }}
          common={
            view.kind === 'service' && (
              <Instances
                about={`How many of ${group} run side by side`}
                text={count ?? String(instances)}
                isChanged={wanted !== instances}
                wrong={wrongOf('instances')}
                onText={setCount}
                onLeave={() => touch('instances')}
                onUndo={() => setCount(null)}
              />
            )
          }
        >
          {view.kind !== 'external' && (
            <Variables names={variables} text={env} wrong={wrongOf('env')} onText={setEnv} onLeave={() => touch('env')} />
          )}
        </Sections>
      )}
    </FormDialog>
  )
}

const isInstanceOf = (name: string, group: string): boolean =>
  name === group || (name.startsWith(`${group}:`) && /^\d+$/.test(name.slice(group.length + 1)))

const focus = (button: HTMLButtonElement | null): void => button?.focus()
