/** From a command line to the definition and environment of a new process; for start and run. */
import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { DefinitionInput } from '../../protocol/definition.ts'
import { PtrackError } from '../../protocol/errors.ts'
import { fullName } from '../../protocol/project.ts'
import type { EnvCapture } from '../../protocol/requests.ts'
import { keyValue } from '../../protocol/values.ts'
import type { Context } from '../context.ts'
import type { Io } from '../io.ts'
import { callerEnv } from './caller-env.ts'
import { type DefinitionOptions, definitionFields, pathFields } from './definition-options.ts'
import { readEnvFile } from './env-file.ts'
import { isScript, nameFromCommand, scriptCommand } from './interpreter.ts'
import { collect, reading } from './parse.ts'

/** Of `--project`; `.` = that of this directory. */
export interface ProjectOption {
  project?: string
}

export const addProjectOption = (command: Command): Command =>
  command.option('--project <name>', 'the project that it belongs to; . is that of this directory (default: none)')

export interface EnvOptions {
  env?: [string, string][]
  envFile?: string[]
  cleanEnv?: boolean
}

export const addEnvOptions = (command: Command): Command =>
  command
    .option('--env <K=V>', 'set an environment variable (repeatable)', collect(reading('--env', keyValue)))
    .option(
      '--env-file <file>',
      'read variables from a file of KEY=VALUE lines (repeatable)',
      collect((text) => text),
    )
    .option('--clean-env', "do not pass on the caller's environment, only PATH, HOME, USER and the like")

/** `--env` overrides `--env-file`, a later file an earlier one. */
export function captureEnv(io: Io, options: EnvOptions): EnvCapture {
  const set: Record<string, string> = {}
  for (const file of options.envFile ?? []) Object.assign(set, readEnvFile(resolve(io.cwd, file)))
  for (const [key, value] of options.env ?? []) set[key] = value
  return { caller: callerEnv(io.env, options.cleanEnv === true), set }
}

/** Changes to an existing environment: `--env` and `--env-file` single variables, `--update-env` all of the caller's. */
export function changedEnv(
  io: Io,
  options: EnvOptions & { updateEnv?: boolean },
): { env: EnvCapture | undefined; updateEnv: boolean } {
  const updateEnv = options.updateEnv === true
  if (options.cleanEnv && !updateEnv)
    throw new PtrackError('USAGE', 'cannot use --clean-env alone: a process that exists keeps its environment', {
      hint: '--update-env --clean-env takes PATH, HOME and the like of this shell and drops the rest',
    })
  if (!updateEnv && options.env === undefined && options.envFile === undefined) return { env: undefined, updateEnv }
  const env = captureEnv(io, options)
  return { env: updateEnv ? env : { ...env, caller: {} }, updateEnv }
}

/** `words` as given. A script's file name is run by its interpreter, unless `literal` (after `--`) and executable. */
export function newDefinition(
  io: Io,
  words: readonly string[],
  options: DefinitionOptions & { name?: string },
  literal: boolean,
): DefinitionInput {
  const script = !literal && isScript(words[0]!, io.cwd) ? words[0]! : null
  const command =
    script === null
      ? [...words]
      : [
          ...scriptCommand(script, { cwd: io.cwd, env: io.env, nodeVersion: process.versions.node, nodePath: process.execPath }),
          ...words.slice(1),
        ]
  return {
    ...definitionFields(options),
    name: options.name ?? nameFromCommand(words, script),
    command,
    cwd: io.cwd,
    ...pathFields(options, io.cwd),
  }
}

/** As newDefinition; for a remote daemon nothing is looked up locally. */
export function definitionFor(
  context: Context,
  words: readonly string[],
  options: DefinitionOptions & { name?: string },
  literal: boolean,
): DefinitionInput {
  if (context.remote === null) return newDefinition(context.io, words, options, literal)
  if (options.cwd === undefined)
    context.note(`it runs in / on ${context.remote.name}, with none of this shell's environment; --cwd and --env set them`)
  else if (!options.cwd.startsWith('/'))
    throw new PtrackError('USAGE', `cannot use the directory ${options.cwd} on ${context.remote.name}: give its whole path there`)
  return newDefinition({ ...context.io, cwd: '/' }, words, options, true)
}

/** Inside a project; the directory is sent with the first process of it. */
export async function inProjectOf(
  context: Context,
  definition: DefinitionInput,
  { project }: ProjectOption,
): Promise<{ definition: DefinitionInput; projectDirectory?: string }> {
  if (project === undefined) return { definition }
  const { chosenProject } = await import('../commands/start/project.ts')
  const { project: name, ...more } = await chosenProject(context, project)
  return { definition: { ...definition, name: fullName(name, definition.name) }, ...more }
}

/** Options after the program's name belong to the program; this points out likely mistakes. */
export function misplacedOption(words: readonly string[]): string | null {
  return (
    words.slice(1).find((word) => /^--(?:name|port|health|tag|instances|max-memory|restart|no-wait)(?:=|$)/.test(word)) ?? null
  )
}

export const withEnv = (command: Command): Command =>
  addEnvOptions(command.option('--update-env', "take the caller's current environment; removed variables disappear"))
