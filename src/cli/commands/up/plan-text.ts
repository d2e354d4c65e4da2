/** A plan as text: one line per process, one for each changed field. */
import type { PlanEntry } from '../../../files/plan.ts'
import { writtenField } from '../../../files/yaml/fields.ts'
import type { FieldChange } from '../../../protocol/definition-changes.ts'
import { shortName } from '../../../protocol/project.ts'
import { clean } from '../../../words/text.ts'
import type { Style } from '../../output/style.ts'

const SIGNS = { new: '+', changed: '~', unchanged: '=', leaving: '-' } as const

const ACTS: Record<string, string> = {
  restart: 'is reloaded',
  recreate: 'is deleted and made anew',
  'start-again': 'has ended, starts again',
}

export function planLines(entries: readonly PlanEntry[], style: Style, prune: boolean): string[] {
  const width = Math.max(0, ...entries.map(({ name }) => shortName(name).length))
  return entries.flatMap((entry) => {
    const act = entry.change === 'leaving' ? leavingText(entry, prune) : actText(entry)
    const paint = { new: style.green, changed: style.yellow, unchanged: style.dim, leaving: style.red }[entry.change]
    const head = paint(
      `${SIGNS[entry.change]} ${clean(shortName(entry.name)).padEnd(width)}  ${entry.change}${act ? `, ${act}` : ''}`,
    )
    return [head, ...entry.fields.map((field) => style.dim(`    ${clean(fieldText(field))}`))]
  })
}

/** A service is replaced one instance at a time. */
const actText = ({ act, process }: PlanEntry): string | undefined =>
  act === 'restart' && process?.definition.kind === 'job' ? 'restarts' : ACTS[act ?? '']

function leavingText({ replaced }: PlanEntry, prune: boolean): string {
  if (replaced) return 'is deleted: its instances are others now'
  return prune ? 'is deleted' : 'stays; --prune deletes it'
}

/** In the words of the file, where it was changed. */
function fieldText({ field, before, after }: FieldChange): string {
  const [was, is] = [writtenField(field, before), writtenField(field, after)]
  return `${is.key}: ${valueText(was.value)} -> ${valueText(is.value)}`
}

function valueText(value: unknown): string {
  if (value === null || value === undefined) return 'none'
  return typeof value === 'string' ? value : JSON.stringify(value)
}
