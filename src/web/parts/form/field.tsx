/** One field of a form: its word, its control, what it is for, and what is wrong with it. */
import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'
import { isForNextRun } from '../../../protocol/fields.ts'
import { aboutOf, isWide, wordOf } from '../../form/layout.ts'
import { type FieldName, hasLines, rowOf, textOf } from '../../form/texts.ts'

interface FrameProps {
  word: string
  about: string
  /** Said beside the word. */
  aside?: string | null
  isChanged: boolean
  isWide?: boolean
  wrong: string | null
  onUndo?: (() => void) | undefined
  /** The control, given what names and describes it. */
  children(its: { id: string; 'aria-describedby': string; 'aria-invalid': boolean }): ComponentChildren
}

export function FieldFrame({ word, about, aside, isChanged, isWide = false, wrong, onUndo, children }: FrameProps) {
  const id = useId()
  return (
    <div class={`field ${isChanged ? 'changed' : ''} ${isWide ? 'whole' : ''}`}>
      <div class="word">
        <label for={id}>{word}</label>
        {aside != null && <small>{aside}</small>}
        {isChanged && onUndo !== undefined && (
          <>
            <small class="is-changed">changed</small>
            <button type="button" class="plain" aria-label={`Undo: ${word}`} onClick={onUndo}>
              Undo
            </button>
          </>
        )}
      </div>
      {children({ id, 'aria-describedby': `${id}-about ${id}-wrong`, 'aria-invalid': wrong !== null })}
      <p id={`${id}-about`} class="quiet">
        {about}
      </p>
      <p id={`${id}-wrong`} class="error" role={wrong === null ? undefined : 'alert'}>
        {wrong}
      </p>
    </div>
  )
}

export interface FieldProps {
  field: FieldName
  text: string
  /** Without a change. */
  before: string
  wrong: string | null
  /** What is shown cannot be written in a form; null = it can. */
  locked?: string | null
  /** Empty is as it is by default, for a process that is not there yet. */
  isNew?: boolean
  onText(text: string): void
  onLeave(): void
}

export function Field({ field, text, before, wrong, locked = null, isNew = false, onText, onLeave }: FieldProps) {
  const isChanged = text !== before
  return (
    <FieldFrame
      word={wordOf(field)}
      about={locked ?? aboutOf(field)}
      aside={isForNextRun(field) && !isNew ? 'next run' : null}
      isChanged={isChanged && !isNew}
      isWide={isWide(field)}
      wrong={wrong}
      onUndo={() => onText(before)}
    >
      {(its) => (
        <Control
          {...its}
          field={field}
          text={text}
          before={before}
          isNew={isNew}
          disabled={locked !== null}
          onText={onText}
          onBlur={onLeave}
        />
      )}
    </FieldFrame>
  )
}

type ControlProps = Pick<FieldProps, 'field' | 'text' | 'before' | 'onText'> & {
  isNew: boolean
  id: string
  'aria-describedby': string
  'aria-invalid': boolean
  disabled: boolean
  onBlur(): void
}

const MOST_LINES = 8

function Control({ field, text, before, isNew, onText, ...its }: ControlProps) {
  const { value, none, default: usual } = rowOf(field)
  const byDefault = usual === undefined ? '' : textOf(field, usual)
  if (value.kind === 'switch') {
    const isOn = (text || byDefault) === 'true'
    return (
      <input
        type="checkbox"
        {...its}
        checked={isOn}
        onChange={({ currentTarget }) =>
          onText(isNew && String(currentTarget.checked) === byDefault ? '' : String(currentTarget.checked))
        }
      />
    )
  }
  if (value.choices !== undefined && value.item === undefined) {
    const isEmpty = isNew || none === true || before === ''
    return (
      <select {...its} value={text} onChange={({ currentTarget }) => onText(currentTarget.value)}>
        {isEmpty && <option value="">{isNew && byDefault !== '' ? `${byDefault} (default)` : isNew ? 'default' : 'none'}</option>}
        {value.choices.map((each) => (
          <option key={each} value={each}>
            {each}
          </option>
        ))}
      </select>
    )
  }
  const placeholder = isNew && byDefault !== '' ? byDefault : value.example === undefined ? '' : `such as ${value.example}`
  if (hasLines(field))
    return (
      <textarea
        {...its}
        class={field === 'description' ? undefined : 'mono'}
        rows={Math.min(MOST_LINES, text.split('\n').length)}
        spellcheck={field === 'description'}
        value={text}
        onInput={({ currentTarget }) => onText(currentTarget.value)}
      />
    )
  return (
    <input
      type="text"
      {...its}
      inputMode={value.kind === 'whole' || value.kind === 'number' ? 'decimal' : undefined}
      autocomplete="off"
      spellcheck={false}
      placeholder={placeholder}
      value={text}
      onInput={({ currentTarget }) => onText(currentTarget.value)}
    />
  )
}
