/** A new process: its fields, and beside them the command line and the file that say the same. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { projectOf } from '../../../protocol/project.ts'
import { request, say, useApp } from '../../app-state.ts'
import { type Answer, answerOf } from '../../form/save.ts'
import { commandLineOf, readNew, yamlOf } from '../../form/start.ts'
import type { FieldName } from '../../form/texts.ts'
import { linkTo } from '../../route.ts'
import { useUsualCondition } from '../../use-usual-condition.ts'
import { RequestError } from '../../wire.ts'
import { Command } from '../command.tsx'
import { Field, FieldFrame } from './field.tsx'
import { FormDialog } from './form-dialog.tsx'
import { Instances } from './instances.tsx'
import { Sections } from './sections.tsx'
import { Variables } from './variables.tsx'

/** Where programs are looked for: nothing of a shell comes along. */
const PATH = 'PATH=/usr/local/bin:/usr/bin:/bin'

const KINDS = [
  ['service', 'Service', 'It is restarted whenever it ends.'],
  ['job', 'Job', 'It has an end, and its outcome is kept.'],
] as const

export function StartForm({ onClose }: { onClose: () => void }) {
  const { known } = useApp()
  const usual = useUsualCondition()
  const [kind, setKind] = useState<'service' | 'job'>('service')
  const [name, setName] = useState('')
  const [instances, setInstances] = useState('')
  const [env, setEnv] = useState(PATH)
  const [texts, setTexts] = useState<Readonly<Record<string, string>>>({})
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set())
  const [tries, setTries] = useState(0)
  const [answer, setAnswer] = useState<Answer | null>(null)
  const [busy, setBusy] = useState(false)
  const first = useRef<HTMLInputElement>(null)
  useEffect(() => first.current!.focus(), [])

  const { made, wrong, missing } = readNew({ kind, name, instances, env, texts }, usual)
  const all: Partial<Record<string, string>> = { ...missing, ...wrong }
  const given = Object.entries(texts).flatMap(([field, text]) => (text.trim() === '' ? [] : [field]))
  const wrongOf = (field: string): string | null =>
    (tries > 0 ? all[field] : left.has(field) ? wrong[field] : undefined) ?? (answer?.field === field ? answer.text : null)
  const touch = (field: string): void => {
    if (!left.has(field)) setLeft(new Set([...left, field]))
  }
  const forget = (field: string): void => {
    if (answer?.field === field) setAnswer(null)
  }
  useEffect(() => {
    if (tries > 0) document.querySelector<HTMLElement>('dialog.wide [aria-invalid="true"]')?.focus()
  }, [tries])

  // The first process of a project brings its directory.
  const isNewProject = (its: string): boolean => {
    const project = projectOf(its)
    return project !== null && ![...known.views.values()].some((view) => view.project === project)
  }
  const start = async (): Promise<void> => {
    if (busy || known.link !== 'here') return
    setAnswer(null)
    if (Object.keys(all).length > 0) return setTries(tries + 1)
    setBusy(true)
    const { definition, instances: many, env: set } = made
    try {
      const results = await request('start', {
        definition,
        env: { set },
        ...(isNewProject(definition.name) && { projectDirectory: definition.cwd }),
        ...(many > 1 && { instances: many }),
        noWait: true,
      })
      for (const { ok, name: its, note, error } of results)
        say({ tone: ok ? 'quiet' : 'bad', text: error?.message ?? `${its}: ${note ?? 'started'}`, process: its })
      onClose()
      location.hash = linkTo(many > 1 ? `${definition.name}:0` : definition.name)
    } catch (failure) {
      if (!(failure instanceof RequestError)) throw failure
      setBusy(false)
      setAnswer(answerOf(failure, null))
      setTries(tries + 1)
    }
  }

  const isBegun = given.length > 0 || name !== '' || env !== PATH
  return (
    <FormDialog
      title="Start a process"
      class="both"
      unsaved={isBegun ? 'what you have written' : null}
      onClose={onClose}
      onSubmit={() => void start()}
      foot={(leave) => (
        <>
          <span />
          <button type="button" onClick={leave}>
            Close
          </button>
          <button type="submit" class="primary" disabled={busy || known.link !== 'here'}>
            Start
          </button>
        </>
      )}
    >
      <div class="given">
        {answer !== null && answer.field === null && (
          <p class="error" role="alert">
            {answer.text}
          </p>
        )}
        <Sections
          kind={kind}
          touched={given}
          wrong={tries > 0 ? [...Object.keys(all), answer?.field ?? ''] : []}
          done="given"
          begin={
            <>
              <FieldFrame
                word="Name"
                about="Letters, digits and . _ @ : + -, such as web; shop/web is web of the project shop"
                isChanged={false}
                wrong={wrongOf('name')}
              >
                {(attributes) => (
                  <input
                    type="text"
                    {...attributes}
                    autocomplete="off"
                    spellcheck={false}
                    ref={first}
                    value={name}
                    onInput={({ currentTarget }) => {
                      setName(currentTarget.value)
                      forget('name')
                    }}
                    onBlur={() => touch('name')}
                  />
                )}
              </FieldFrame>
              <fieldset class="field kinds">
                <legend>Kind</legend>
                <div class="seg">
                  {KINDS.map(([value, word]) => (
                    <button key={value} type="button" aria-pressed={kind === value} onClick={() => setKind(value)}>
                      {word}
                    </button>
                  ))}
                </div>
                <p class="quiet">{KINDS.find(([value]) => value === kind)![2]}</p>
              </fieldset>
            </>
          }
          render={(field: FieldName) => (
            <Field
              key={field}
              field={field}
              before=""
              isNew
              text={texts[field] ?? ''}
              wrong={wrongOf(field)}
              onText={(text) => {
                setTexts((before) => ({ ...before, [field]: text }))
                forget(field)
              }}
              onLeave={() => touch(field)}
            />
          )}
          common={
            kind === 'service' && (
              <Instances
                about="How many run side by side"
                text={instances}
                placeholder="1"
                isChanged={false}
                wrong={wrongOf('instances')}
                onText={setInstances}
                onLeave={() => touch('instances')}
              />
            )
          }
        >
          <Variables names={null} text={env} wrong={wrongOf('env')} onText={setEnv} onLeave={() => touch('env')} />
        </Sections>
      </div>
      <section class="says" aria-label="The same in words">
        <h3>In a terminal</h3>
        <Command text={commandLineOf(made)} name="the command line" />
        <h3>In a ptrack.yaml</h3>
        <Command text={yamlOf(made)} name="the ptrack.yaml" />
      </section>
    </FormDialog>
  )
}
