/** Names and their values, and those of a definition. What is as it is by default is not said. */
import { formatDuration, formatSize } from '../../protocol/duration.ts'
import type { ProcessDetail, ProcessView } from '../../protocol/view.ts'
import { quoteCommand } from '../../words/text.ts'
import { timeWords } from '../../words/time.ts'

export type Fact = readonly [label: string, value: string | null | undefined | false]

export function Facts({ facts }: { facts: readonly Fact[] }) {
  return (
    <dl class="dl">
      {facts
        .filter(([, value]) => value)
        .map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  )
}

export function definitionFacts(view: ProcessView, detail: ProcessDetail | undefined): Fact[] {
  const definition = detail?.definition
  const by = detail?.definedBy
  return [
    ['Command', quoteCommand(view.command)],
    ['Directory', view.cwd],
    ['Type', view.type !== view.kind && view.type],
    ['Ports', view.ports.map(({ port, open }) => `${port}${open === false ? ' closed' : ''}`).join(', ')],
    ['Restart', view.kind === 'service' && definition?.restart],
    ['Stop', definition && `${definition.stopSignal}, SIGKILL after ${formatDuration(definition.stopTimeoutMs)}`],
    ['Memory limit', definition?.maxMemoryBytes != null && formatSize(definition.maxMemoryBytes)],
    ['Time limit', definition?.timeoutMs != null && formatDuration(definition.timeoutMs)],
    ['From', by && (by.file ?? (by.command === null ? `${by.user} (${by.client})` : quoteCommand(['ptrack', ...by.command])))],
    ['Created', timeWords(view.createdAt, Date.now())],
  ]
}
