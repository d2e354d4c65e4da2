/** Variables of the environment. Values that are there are never shown, and stay unless they are written anew. */
import { FieldFrame } from './field.tsx'

interface VariablesProps {
  /** Those that are set; null = there is no process yet. */
  names: readonly string[] | null
  text: string
  wrong: string | null
  onText(text: string): void
  onLeave(): void
}

export function Variables({ names, text, wrong, onText, onLeave }: VariablesProps) {
  return (
    <section class="fields env" aria-label="Environment">
      {names !== null && names.length > 0 && (
        <p>
          {'Set for it: '}
          {names.map((name) => (
            <code key={name} class="chip">
              {name}
            </code>
          ))}
        </p>
      )}
      <FieldFrame
        word={names === null ? 'Variables' : 'New values of variables'}
        about={
          names === null
            ? 'NAME=VALUE, one a line. It has these and nothing of a shell.'
            : 'NAME=VALUE, one a line. Values that are set are not shown, and stay as they are unless they are written here.'
        }
        aside={names === null ? null : 'next run'}
        isWide
        isChanged={names !== null && text.trim() !== ''}
        wrong={wrong}
        onUndo={() => onText('')}
      >
        {(attributes) => (
          <textarea
            {...attributes}
            class="mono"
            rows={Math.min(8, text.split('\n').length)}
            spellcheck={false}
            autocomplete="off"
            value={text}
            onInput={({ currentTarget }) => onText(currentTarget.value)}
            onBlur={onLeave}
          />
        )}
      </FieldFrame>
    </section>
  )
}
