/** import: the report, then the start of what the file describes. */
import { resolve } from 'node:path'
import type { FieldNote, FileProcess, ReadFile } from '../../../files/file-process.ts'
import { apart } from '../../../files/import/instances.ts'
import { parseFormation } from '../../../files/import/procfile-settings.ts'
import { readImport } from '../../../files/import/read-import.ts'
import { dependencyCycle } from '../../../files/order.ts'
import { writePtrackYaml } from '../../../files/yaml/write.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import { clean, quoteCommand } from '../../../words/text.ts'
import type { Context } from '../../context.ts'
import { put } from '../export/export.ts'
import { bringUp, choose, planAsJson, planFor, refuseTaken } from '../up/bring-up.ts'
import { refuseRemote } from '../up/locate.ts'
import { projectOfFile } from '../up/project.ts'
import { importWorld } from './world.ts'

export interface ImportOptions {
  format?: 'pm2' | 'procfile' | 'process-compose' | 'supervisord'
  like?: 'foreman' | 'overmind'
  formation?: string
  env?: string
  only?: string[]
  prune?: boolean
  timeout?: number
  dryRun?: boolean
  strict?: boolean
  output?: string
  project?: string
}

export async function importFile(context: Context, [file = '', ...over]: string[], options: ImportOptions): Promise<number> {
  if (options.output === undefined) refuseRemote(context, 'import')
  const whole = await readImport(
    file,
    {
      format: options.format ?? null,
      like: options.like ?? 'foreman',
      formation: options.formation === undefined ? null : parseFormation(options.formation),
      envName: options.env ?? null,
    },
    importWorld(context),
    over,
  )
  refuseCycle(whole)
  const processes = options.output === undefined ? choose(whole.file, whole.processes, options.only) : named(whole, options.only)
  const names = new Set(processes.map(({ definition }) => definition.name))
  const read: ReadFile = {
    ...whole,
    processes,
    notes: options.only ? whole.notes.filter(({ process }) => process === null || names.has(process)) : whole.notes,
  }
  const ignored = read.notes.filter(({ verdict }) => verdict === 'ignored')
  const refused = options.strict === true && ignored.length > 0
  const report = forPrograms(read)
  const only = options.output !== undefined || refused
  // The plan and the results are printed beside the report.
  if (context.json && only) context.printJson({ ...(refused ? { error: strictError(file, ignored).error } : {}), ...report })
  if (!context.json) for (const line of reportLines(context, read)) context.say(line)
  if (refused) {
    if (!context.json) throw strictError(file, ignored).thrown
    return 1
  }
  if (options.output !== undefined) {
    if (options.dryRun === true) return 0
    const path = resolve(context.io.cwd, options.output)
    put('/', path, writePtrackYaml(apart(processes)))
    context.say(`${path} written; \`ptrack up -f ${options.output}\` starts what it describes`)
    return 0
  }
  const kept = whole.processes.map(({ definition }) => definition.name).filter((name) => !names.has(name))
  const project = await projectOfFile(context, whole.file, options.project ?? null)
  const plan = await planFor(context, { file: whole.file, project, processes, kept, partly: options.only !== undefined })
  refuseTaken(plan, { byHand: true })
  if (context.json && options.dryRun) {
    context.printJson({ ...report, plan: planAsJson(plan) })
    return 0
  }
  return bringUp(context, plan, options, report)
}

/** Those of `--only`, with their dependencies; without it all, those not started by default too. */
function named({ file, processes }: ReadFile, only: string[] | undefined): FileProcess[] {
  return only === undefined ? processes : choose(file, processes, only)
}

function refuseCycle({ file, processes }: ReadFile): void {
  const cycle = dependencyCycle(new Map(processes.map(({ definition }) => [definition.name, definition.after ?? []])))
  if (cycle === null) return
  throw new PtrackError('BAD_FILE', `cannot import ${file}: ${cycle.join(' waits for ')}`, { hint: 'take one of them out' })
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

const MASK = '********'

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
