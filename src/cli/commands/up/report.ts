/** What became of each field of another supervisor's file. */
import type { FieldNote, FileProcess, ReadFile } from '../../../files/file-process.ts'
import { clean, quoteCommand } from '../../../words/text.ts'
import type { Context } from '../../context.ts'

type Report = Pick<ReadFile, 'file' | 'processes' | 'notes'>

const MASK = '********'

export function forPrograms({ file, processes, notes }: Report) {
  const masked = (env: Record<string, string>) => Object.fromEntries(Object.keys(env).map((key) => [key, MASK]))
  return {
    file,
    processes: processes.map((one: FileProcess) => ({ ...one, env: masked(one.env), instanceEnv: one.instanceEnv.map(masked) })),
    notes,
  }
}

/** Each field as kept, changed or ignored, and why. */
export function reportLines({ style }: Context, { file, processes, notes }: Report): string[] {
  const lines = [`${clean(file)}: ${processes.length} ${processes.length === 1 ? 'process' : 'processes'}`]
  const byName = new Map(processes.map((process) => [process.definition.name, process]))
  const notesOf = new Map<string | null, FieldNote[]>()
  for (const note of notes) {
    const own = notesOf.get(note.process)
    if (own) own.push(note)
    else notesOf.set(note.process, [note])
  }
  for (const name of [...byName.keys(), null]) {
    const own = notesOf.get(name) ?? []
    const process = name === null ? undefined : byName.get(name)
    if (own.length === 0 && process === undefined) continue
    lines.push(process === undefined ? style.bold('the whole file') : `${style.bold(name!)}  ${style.dim(commandWords(process))}`)
    const kept = own.filter(({ verdict }) => verdict === 'kept').map(({ field }) => clean(field))
    if (kept.length > 0) lines.push(`  kept     ${[...new Set(kept)].join(', ')}`)
    for (const verdict of ['changed', 'ignored'] as const)
      for (const note of own.filter((one) => one.verdict === verdict)) {
        const became = note.became === null ? '' : ` -> ${clean(note.became)}`
        const line = note.line === null ? '' : style.dim(` (line ${note.line})`)
        lines.push(`  ${verdict}  ${clean(note.field)}${became}${note.why === null ? '' : `: ${clean(note.why)}`}${line}`)
      }
  }
  // Notes on processes that the formation or --only left out are still printed.
  const rest = notes.filter(({ process }) => process !== null && !byName.has(process))
  for (const note of rest) lines.push(`${clean(note.process!)}: ${note.verdict}, ${clean(note.why ?? '')}`)
  return lines
}

function commandWords({ definition, instances, autostart }: FileProcess): string {
  return `${definition.kind ?? 'service'}: ${quoteCommand(definition.command)}${instances > 1 ? ` x${instances}` : ''}${autostart ? '' : ' (not started)'}`
}
