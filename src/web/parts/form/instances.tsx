/** How many run side by side: of a set of instances, and no field of a definition. */
import { FieldFrame } from './field.tsx'

interface InstancesProps {
  about: string
  text: string
  placeholder?: string
  isChanged: boolean
  wrong: string | null
  onText(text: string): void
  onLeave(): void
  onUndo?: () => void
}

export function Instances({ about, text, placeholder, isChanged, wrong, onText, onLeave, onUndo }: InstancesProps) {
  return (
    <FieldFrame word="Instances" about={about} isChanged={isChanged} wrong={wrong} onUndo={onUndo}>
      {(its) => (
        <input
          type="text"
          {...its}
          inputMode="numeric"
          autocomplete="off"
          placeholder={placeholder}
          value={text}
          onInput={({ currentTarget }) => onText(currentTarget.value)}
          onBlur={onLeave}
        />
      )}
    </FieldFrame>
  )
}
