/** dev: a file in the foreground. */
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { baseOf } from '../../../files/plan.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import { nearest } from '../../../protocol/suggest.ts'
import type { Context } from '../../context.ts'
import { choose, type Plan, planFor, refuseTaken } from '../up/bring-up.ts'
import { choicesGiven, inWords, remembered } from '../up/file-choices.ts'
import { foreignFormat } from '../up/foreign.ts'
import { locate, refuseRemote } from '../up/locate.ts'
import { type FileProject, projectOfFile } from '../up/project.ts'
import { ignoredLine, readFile } from '../up/read-file.ts'
import { up } from '../up/up.ts'
import { splitOperands } from './operands.ts'
import type { DevOptions } from './options.ts'
import { stay } from './stay.ts'

export async function dev(context: Context, words: readonly string[], options: DevOptions): Promise<number> {
  refuseRemote(context, 'dev')
  refuseTogether(options)
  const { file: named, names } = splitOperands(words, (word) => isFile(join(context.io.cwd, word)))
  if (named !== undefined && options.file !== undefined)
    throw new PtrackError('USAGE', `cannot bring up both ${named} and ${options.file}`, { hint: 'name one file' })
  const given = named ?? options.file
  const only = names.length > 0 ? names : undefined
  if (options.detach) {
    const { profile, project, timeout, watch } = options
    return up(context, { ...choicesGiven(options), ...asGiven({ file: given, only, profile, project, timeout, watch }) })
  }
  const file = locate(context, given)
  const reads = new Set([file])
  const choices = choicesGiven(options)
  let project: FileProject | null = null
  const plan = async (): Promise<Plan> => {
    const meant = foreignFormat(file) === null ? choices : await remembered(context, file, choices)
    const read = await readFile(context, file, { profiles: options.profile, choices: meant }, reads)
    const processes = choose(file, read.processes, only)
    const chosen = new Set(processes.map(({ definition }) => definition.name))
    refuseUnknown(file, '--only', options.only ?? [], chosen)
    refuseUnknown(file, '--exit-code-from', options.exitCodeFrom === undefined ? [] : [options.exitCodeFrom], chosen)
    if (project === null) {
      const lost = ignoredLine(read, `ptrack up -f ${file}${inWords(meant)} --dry-run --report`)
      if (lost !== null) context.note(lost)
    }
    project ??= await projectOfFile(context, file, options.project ?? read.project)
    const kept = [...read.processes.map(({ definition }) => definition.name), ...read.inactive].filter(
      (name) => !chosen.has(name),
    )
    const made = await planFor(context, { file, project, processes, kept, choices: meant, partly: only !== undefined })
    refuseTaken(made, { byHand: false })
    return made
  }
  const first = await plan()
  if (first.entries.every(({ process }) => process === null))
    throw new PtrackError('BAD_FILE', `cannot bring up ${file}: it has no process`, { hint: 'write one into it' })
  return stay(context, { file, project: project!, reads, first, plan, options })
}

function isFile(path: string): boolean {
  return existsSync(path) && !statSync(path).isDirectory()
}

const asGiven = <T extends object>(options: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never

function refuseTogether({ detach, keep, only, exitOn, exitCodeFrom, foreman }: DevOptions): void {
  const without = [
    ['--only', only],
    ['--exit-on', exitOn],
    ['--exit-code-from', exitCodeFrom],
    ['--foreman', foreman],
    ['--keep', keep],
  ] as const
  const pointless = detach ? without.find(([, value]) => value !== undefined)?.[0] : undefined
  if (pointless !== undefined)
    throw new PtrackError('USAGE', `cannot use ${pointless} with --detach: nobody stays to do it`, {
      hint: 'leave out one of the two',
    })
  if (foreman && exitOn !== undefined)
    throw new PtrackError('USAGE', 'cannot use --foreman with --exit-on: both say which end ends all', {
      hint: 'leave out one of the two',
    })
}

function refuseUnknown(file: string, option: string, names: readonly string[], known: ReadonlySet<string>): void {
  for (const name of names) {
    if (known.has(name) || known.has(baseOf(name))) continue
    const near = nearest(name, [...known])
    throw new PtrackError('NOT_FOUND', `cannot use ${option} ${name}: ${file} has no process of that name`, {
      hint: near ? `did you mean ${near}?` : `it has ${[...known].join(', ')}`,
    })
  }
}
