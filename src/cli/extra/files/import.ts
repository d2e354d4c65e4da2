/** import: the report, then the start of what the file describes. */
import { resolve } from 'node:path'
import type { FieldNote, FileProcess, ReadFile } from '../../../files/file-process.ts'
import { parseFormation } from '../../../files/import/procfile.ts'
import { readImport } from '../../../files/import/read-import.ts'
import { writePtrackYaml } from '../../../files/yaml/write.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import { nearest } from '../../../protocol/suggest.ts'
import { clean } from '../../../words/text.ts'
import type { ImportOptions } from '../../commands/import.ts'
import type { Context } from '../../context.ts'
import { put } from './export.ts'
import { importWorld } from './import-world.ts'
import { inOrder, startImported } from './start-imported.ts'

export async function importFile(context: Context, file: string, options: ImportOptions): Promise<number> {
  const read = only(
    await readImport(
      file,
      {
        format: options.format ?? null,
        like: options.like ?? 'foreman',
        formation: options.formation === undefined ? null : parseFormation(options.formation),
        envName: options.env ?? null,
      },
      importWorld(context),
    ),
    options.only,
  )
  // A circle is told by --dry-run too.
  inOrder(read.processes)
  const ignored = read.notes.filter(({ verdict }) => verdict === 'ignored')
  const refused = options.strict === true && ignored.length > 0
  const told = options.dryRun === true || options.output !== undefined || refused
  if (context.json) {
    // With what is started, `results` beside it.
    if (told) context.printJson({ ...(refused ? { error: strictError(file, ignored).error } : {}), ...forPrograms(read) })
  } else for (const line of reportLines(context, read)) context.say(line)
  if (refused) {
    if (!context.json) throw strictError(file, ignored).thrown
    return 1
  }
  if (options.output !== undefined && options.dryRun !== true) {
    const path = resolve(context.io.cwd, options.output)
    put('/', path, writePtrackYaml(inOrder(read.processes).map((each) => ({ ...each, instanceEnv: [] }))))
    context.say(`${path} written; \`ptrack up -f ${options.output}\` starts what it describes`)
  }
  return told ? 0 : startImported(context, read, forPrograms(read))
}

function strictError(file: string, ignored: readonly FieldNote[]) {
  const thrown = new PtrackError(
    'FAILED',
    `cannot import ${file}: ${ignored.length} ${ignored.length === 1 ? 'field is' : 'fields are'} ignored`,
    {
      hint: 'take them out of the file, or leave out --strict; nothing was started',
    },
  )
  return { thrown, error: { code: thrown.code, message: thrown.message, hint: thrown.hint } }
}

/** `--only a,b`; what they wait for has to be among them. */
function only(read: ReadFile, names: string | undefined): ReadFile {
  if (names === undefined) return read
  const wanted = names.split(',').map((name) => name.trim())
  const known = read.processes.map(({ definition }) => definition.name)
  const missing = wanted.find((name) => !known.includes(name))
  if (missing !== undefined) {
    const near = nearest(missing, known)
    throw new PtrackError('NOT_FOUND', `cannot import ${missing}: it is not in ${read.file}`, {
      hint: near === null ? `there are ${known.join(', ')}` : `did you mean ${near}?`,
    })
  }
  const processes = read.processes.filter(({ definition }) => wanted.includes(definition.name))
  for (const { definition } of processes) {
    const other = definition.after?.find(({ name }) => !wanted.includes(name))
    if (other)
      throw new PtrackError('USAGE', `cannot import ${definition.name} alone: it waits for ${other.name}`, {
        hint: `write --only ${[...wanted, other.name].join(',')}`,
      })
  }
  return { ...read, processes, notes: read.notes.filter(({ process }) => process === null || wanted.includes(process)) }
}

const MASK = '********'

/** As `--json` shows it: values of variables are nobody's business. */
function forPrograms({ file, processes, notes }: ReadFile) {
  const masked = (env: Record<string, string>) => Object.fromEntries(Object.keys(env).map((key) => [key, MASK]))
  return {
    file,
    processes: processes.map((one: FileProcess) => ({ ...one, env: masked(one.env), instanceEnv: one.instanceEnv.map(masked) })),
    notes,
  }
}

function reportLines({ style }: Context, { file, processes, notes }: ReadFile): string[] {
  const lines = [`${clean(file)}: ${processes.length} ${processes.length === 1 ? 'process' : 'processes'}`]
  for (const name of [...processes.map(({ definition }) => definition.name), null]) {
    const own = notes.filter(({ process }) => process === name)
    const process = processes.find(({ definition }) => definition.name === name)
    if (own.length === 0 && process === undefined) continue
    lines.push(
      process === undefined ? style.bold('the whole file') : `${style.bold(name!)}  ${style.dim(clean(commandWords(process)))}`,
    )
    const kept = own.filter(({ verdict }) => verdict === 'kept').map(({ field }) => clean(field))
    if (kept.length > 0) lines.push(`  kept     ${[...new Set(kept)].join(', ')}`)
    for (const verdict of ['changed', 'ignored'] as const)
      for (const note of own.filter((one) => one.verdict === verdict)) {
        const became = note.became === null ? '' : ` -> ${clean(note.became)}`
        const line = note.line === null ? '' : style.dim(` (line ${note.line})`)
        lines.push(`  ${verdict}  ${clean(note.field)}${became}${note.why === null ? '' : `: ${clean(note.why)}`}${line}`)
      }
  }
  // Processes that the formation or --only left out are still told.
  const rest = notes.filter(({ process }) => process !== null && !processes.some(({ definition }) => definition.name === process))
  for (const note of rest) lines.push(`${clean(note.process!)}: ${note.verdict}, ${clean(note.why ?? '')}`)
  return lines
}

function commandWords({ definition, instances, autostart }: FileProcess): string {
  const words = definition.command.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word}'`)).join(' ')
  return `${definition.kind ?? 'service'}: ${words}${instances > 1 ? ` x${instances}` : ''}${autostart ? '' : ' (not started)'}`
}
