/** import: the report, then the start of what the file describes. */
import { resolve } from 'node:path'
import type { FieldNote, FileProcess, ReadFile } from '../../../files/file-process.ts'
import { apart } from '../../../files/import/instances.ts'
import { parseFormation } from '../../../files/import/procfile-settings.ts'
import { readImport } from '../../../files/import/read-import.ts'
import type { FileChoices } from '../../../files/plan.ts'
import { writePtrackYaml } from '../../../files/yaml/write.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import type { Context } from '../../context.ts'
import { put } from '../export/export.ts'
import { bringUp, choose, planAsJson, planFor, refuseTaken } from '../up/bring-up.ts'
import { choicesGiven, remembered } from '../up/file-choices.ts'
import { refuseRemote } from '../up/locate.ts'
import { projectOfFile } from '../up/project.ts'
import { refuseCycle } from '../up/read-file.ts'
import { forPrograms, reportLines } from '../up/report.ts'
import { importWorld } from './world.ts'

export interface ImportOptions extends FileChoices {
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
  const given = choicesGiven(options)
  const isUp = options.output === undefined
  // What is only written has no earlier `up` to continue.
  const choices = isUp ? await remembered(context, resolve(context.io.cwd, file), given) : given
  const { format, like, formation, env } = choices
  const whole = await readImport(
    file,
    {
      format: format ?? null,
      like: like ?? 'foreman',
      formation: formation === undefined ? null : parseFormation(formation),
      envName: env ?? null,
    },
    importWorld(context),
    over,
  )
  refuseCycle(whole)
  const processes = isUp ? choose(whole.file, whole.processes, options.only) : named(whole, options.only)
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
  const plan = await planFor(context, { file: whole.file, project, processes, kept, choices, partly: options.only !== undefined })
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
