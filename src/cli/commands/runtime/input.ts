/** What is to run: the processes of a file in any format, or one command. */
import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import type { FileProcess } from '../../../files/file-process.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import type { CommandLine } from '../../command.ts'
import type { Context } from '../../context.ts'
import { isScript, nameFromCommand } from '../../input/interpreter.ts'
import { choose, type Wanted } from '../up/bring-up.ts'
import { locate } from '../up/locate.ts'
import { ignoredLine, readFile } from '../up/read-file.ts'
import { withoutLogs } from './no-log-files.ts'
import type { RuntimeOptions } from './options.ts'

/** In place of a file's path, where a command was given. */
export const COMMAND_LINE = 'the command line'
/** Logs are passed on: what lies on the disk is for a look with `docker exec`. */
const LOG_MAX_BYTES = 1024 * 1024

export async function inputOf(
  context: Context,
  words: readonly string[],
  options: RuntimeOptions,
  { literal }: CommandLine,
): Promise<Wanted> {
  const isCommand = literal.length > 0
  if (isCommand && literal.length < words.length)
    throw new PtrackError('USAGE', `cannot run ${words[0]} and a command at once`, { hint: 'leave out one of the two' })
  if (!isCommand && words.length > 1)
    throw new PtrackError('USAGE', `cannot run ${words.length} files at once`, {
      hint: `a command goes behind \`--\`: \`ptrack runtime -- ${words.join(' ')}\``,
    })
  refuseOthers(options, isCommand)
  const wanted = isCommand ? ofCommand(context, literal, options) : await ofFile(context, words[0], options)
  if (wanted.processes.length === 0)
    throw new PtrackError('BAD_FILE', `cannot run ${wanted.file}: it has no process`, { hint: 'add one to it' })
  return { ...wanted, processes: wanted.processes.map((process) => withLogs(process, options)) }
}

function refuseOthers({ name, restart, ...options }: RuntimeOptions, isCommand: boolean): void {
  const refuse = (option: string, what: string, hint: string): never => {
    throw new PtrackError('USAGE', `cannot use ${option} with ${what}`, { hint })
  }
  if (!isCommand && name !== undefined) refuse('--name', 'a file', 'names are in the file')
  if (!isCommand && restart !== undefined) refuse('--restart', 'a file', 'write `restart` into the file')
  for (const each of ['only', 'profile', 'env', 'formation'] as const)
    if (isCommand && options[each] !== undefined) refuse(`--${each}`, 'a command', 'it is for files')
}

function ofCommand({ io }: Context, command: readonly string[], { name, restart }: RuntimeOptions): Wanted {
  const definition = {
    name: name ?? nameFromCommand(command, null),
    command: [...command],
    cwd: io.cwd,
    restart: restart ?? 'on-failure',
    // A container whose only program crashes again and again is to end, so that it is seen from outside.
    critical: true,
  }
  const process: FileProcess = { definition, env: {}, cleanEnv: false, instances: 1, autostart: true, instanceEnv: [] }
  return {
    file: COMMAND_LINE,
    processes: [process],
    project: { name: null, directory: io.cwd },
    kept: [],
    choices: {},
    partly: false,
  }
}

async function ofFile(context: Context, named: string | undefined, options: RuntimeOptions): Promise<Wanted> {
  const { cwd } = context.io
  const file = locate(context, named)
  if (named !== undefined && !existsSync(file))
    throw new PtrackError('BAD_FILE', `cannot run ${named}: there is no such file`, {
      hint: `a command goes behind \`--\`: \`ptrack runtime -- ${named}\``,
    })
  if (isScript(file, cwd) && !/\.config\.[cm]?js$|ecosystem|pm2/i.test(basename(file)))
    throw new PtrackError('USAGE', `cannot run ${named}: it is a program, and no file that describes some`, {
      hint: `write \`ptrack runtime -- node ${named}\``,
    })
  const { formation, env } = options
  const choices = { ...(formation !== undefined && { formation }), ...(env !== undefined && { env }) }
  const read = await readFile(context, file, { profiles: options.profile, only: options.only, choices, cwd })
  const lost = ignoredLine(read, `ptrack import ${file} --dry-run`)
  if (lost !== null) context.note(lost)
  const processes = choose(file, read.processes, options.only)
  const names = new Set(processes.map(({ definition }) => definition.name))
  const kept = [...read.processes.map(({ definition }) => definition.name), ...read.inactive].filter((name) => !names.has(name))
  // A container runs one file: its names need no other.
  return { file, project: { name: null, directory: cwd }, processes, kept, choices: {}, partly: false }
}

/** What the file says of its logs counts. */
function withLogs(process: FileProcess, { logMax, logKeep, logFiles }: RuntimeOptions): FileProcess {
  const { definition } = process
  if (!logFiles) return { ...process, definition: withoutLogs(definition) }
  const logs = {
    logMaxBytes: definition.logMaxBytes ?? logMax ?? LOG_MAX_BYTES,
    logKeep: definition.logKeep ?? logKeep ?? 0,
  }
  return { ...process, definition: { ...definition, ...logs } }
}
