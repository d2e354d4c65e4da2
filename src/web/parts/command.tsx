/** A line to copy: a command, or a secret that is shown once. */
import { useState } from 'preact/hooks'
import { Icon } from './icon.tsx'

/** `name`: what it is, where the text itself is not to be read out. */
export function Command({ text, name = text }: { text: string; name?: string }) {
  const [copied, setCopied] = useState(false)
  return (
    <div class="cmd">
      <code>{text}</code>
      <button
        type="button"
        class="tool"
        title={copied ? 'Copied' : 'Copy'}
        aria-label={copied ? `Copied: ${name}` : `Copy ${name}`}
        onClick={() =>
          // Refused, or not there by plain HTTP from elsewhere: the text can be selected.
          void navigator.clipboard?.writeText(text).then(
            () => setCopied(true),
            () => {},
          )
        }
      >
        <Icon name={copied ? 'check' : 'copy'} />
      </button>
    </div>
  )
}
