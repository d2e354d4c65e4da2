/** All fields of a definition by group: the common ones first, the rest folded, found by a word. */

import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import type { Kind } from '../../../protocol/names.ts'
import { counted } from '../../../words/short.ts'
import { COMMON, isFound, sectionsOf } from '../../form/layout.ts'
import type { FieldName } from '../../form/texts.ts'
import { Icon } from '../icon.tsx'

interface SectionsProps {
  kind: Kind
  /** Fields that have been changed, or given. */
  touched: readonly string[]
  /** Fields that are wrong: their section is open. */
  wrong: readonly string[]
  /** What a touched one is called. */
  done: 'changed' | 'given'
  render(field: FieldName): ComponentChildren
  /** Before and after the common ones. */
  begin?: ComponentChildren
  common?: ComponentChildren
  children?: ComponentChildren
}

export function Sections({ kind, touched, wrong, done, render, begin, common, children }: SectionsProps) {
  const [words, setWords] = useState('')
  const [opened, setOpened] = useState<ReadonlySet<string>>(() => new Set())
  const isFiltered = words.trim() !== ''
  const sections = sectionsOf(kind)
    .map(({ title, fields }) => ({ title, fields: isFiltered ? fields.filter((field) => isFound(field, words.trim())) : fields }))
    .filter(({ fields }) => fields.length > 0)
  const toggle = (title: string): void => {
    const next = new Set(opened)
    if (!next.delete(title)) next.add(title)
    setOpened(next)
  }
  return (
    <>
      <div class="ask">
        <Icon name="search" />
        <input
          type="search"
          aria-label="Find a field"
          placeholder="Find a field, such as memory"
          value={words}
          onInput={({ currentTarget }) => setWords(currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter') event.preventDefault()
            if (event.key !== 'Escape' || words === '') return
            event.preventDefault()
            event.stopPropagation()
            setWords('')
          }}
        />
      </div>
      {sections.map(({ title, fields }) => {
        const shown = (
          <div class="fields">
            {title === COMMON && !isFiltered && begin}
            {fields.map(render)}
            {title === COMMON && !isFiltered && common}
          </div>
        )
        if (title === COMMON)
          return (
            <section key={title} aria-label={title}>
              {shown}
            </section>
          )
        const isOpen = isFiltered || opened.has(title) || fields.some((field) => wrong.includes(field))
        const many = fields.filter((field) => touched.includes(field)).length
        return (
          <details key={title} open={isOpen}>
            {/* biome-ignore lint/a11y/noStaticElementInteractions: a summary is a button */}
            <summary
              onClick={(event) => {
                event.preventDefault()
                if (!isFiltered) toggle(title)
              }}
            >
              <Icon name={isOpen ? 'down' : 'right'} />
              {title}
              <small>{many > 0 ? `${many} ${done}` : counted(fields.length, 'field', 'fields')}</small>
            </summary>
            {isOpen && shown}
          </details>
        )
      })}
      {sections.length === 0 && <p class="empty">No field matches “{words.trim()}”.</p>}
      {!isFiltered && children}
    </>
  )
}
