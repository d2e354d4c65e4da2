/** start: a new service, or existing names started again. */
import type { DefinitionInput } from '../../protocol/definition.ts'
import { PtrackError } from '../../protocol/errors.ts'
import { isPattern } from '../../protocol/patterns.ts'
import type { Action, CommandSpec } from '../command.ts'
import type { Context } from '../context.ts'
import { afterFields, known } from '../input/after.ts'
import { addDefinitionOptions, type DefinitionOptions } from '../input/definition-options.ts'
import { describesProcesses, findCommand, isScript } from '../input/interpreter.ts'
import {
  addEnvOptions,
  addProjectOption,
  captureEnv,
  changedEnv,
  definitionFor,
  type EnvOptions,
  inProjectOf,
  misplacedOption,
  type ProjectOption,
} from '../input/new-process.ts'
import { integer } from '../input/parse.ts'
import { printResults } from '../output/results.ts'
import { parseCommand } from '../parse-command.ts'

type StartOptions = DefinitionOptions &
  EnvOptions &
  ProjectOption & {
    name?: string
    owner?: string
    instances?: number
    updateEnv?: boolean
    ifMissing?: boolean
    wait?: boolean
  }

const meansSeveral = (word: string): boolean => isPattern(word) || /[{}]/.test(word)

/** Names, or a command named like a process (`ptrack start sleep 5` twice)? A command if its further words are no names. */
async function areNames(context: Context, words: string[]): Promise<boolean> {
  const first = words[0]!
  if (meansSeveral(first)) return true
  if ((await known(context, first)).length === 0) return false
  if (words.length === 1 || findCommand(first, context.io.env, context.io.cwd) === null) return true
  for (const word of words.slice(1))
    if (!word.startsWith('-') && !meansSeveral(word) && (await known(context, word)).length === 0) return false
  return true
}

const again: (context: Context, targets: string[], options: StartOptions) => Promise<number> = async (
  context,
  targets,
  options,
) => {
  return printResults(
    context,
    'start',
    await context.request('start', { targets, ...changedEnv(context.io, options), noWait: options.wait === false }),
  )
}

async function startNew(context: Context, words: string[], options: StartOptions, literal: boolean): Promise<number> {
  const given = { ...definitionFor(context, words, options, literal), ...(await afterFields(context, options)) }
  const { definition, ...project } = await inProjectOf(context, given, options)
  const misplaced = literal || isScript(words[0]!, context.io.cwd) ? null : misplacedOption(words)
  if (misplaced) context.note(`${misplaced} stands behind ${words[0]} and goes to the program; put ptrack's options before it`)
  const env = captureEnv(context.io, options)
  const { instances = 1 } = options
  if (instances > 1) notePorts(context, definition, instances)
  const results = await context.request('start', {
    definition,
    ...project,
    env,
    instances: options.instances,
    owner: options.owner,
    ifMissing: options.ifMissing,
    noWait: options.wait === false,
  })
  return printResults(context, 'start', results)
}

/** Instances are separate processes, and share a port only where it is a socket that they inherit. */
function notePorts(context: Context, { ports }: DefinitionInput, instances: number): void {
  const first = ports?.find((port) => typeof port === 'number')
  if (first === undefined) return
  context.note(
    `the ${instances} instances get the ports ${first} to ${first + instances - 1}, each its own in PORT; --socket ${first} would give all of them this one`,
  )
}

/** Options that say how to start again; all others would change the definition. */
const AGAIN = new Set([
  '--update-env',
  '--if-missing',
  '--wait',
  '--no-wait',
  '--json',
  '--home',
  '--env',
  '--env-file',
  '--clean-env',
])

function refuseChanges(names: readonly string[], given: readonly string[]): void {
  const changes = given.filter((option) => !AGAIN.has(option))
  if (changes.length === 0) return
  throw new PtrackError('USAGE', `cannot start ${names.join(', ')} with ${changes.join(', ')}: it is defined already`, {
    hint: `\`ptrack set ${names[0]} ${changes[0]} ...\` changes it, \`ptrack start --name NEW ...\` makes another`,
  })
}

const NEW_ONLY = [
  'name',
  'project',
  'instances',
  'ports',
  'health',
  'cwd',
  'tags',
  'restart',
  'owner',
  'after',
  'cron',
  'watchFiles',
] as const

const define: CommandSpec['define'] = (command) => {
  addDefinitionOptions(
    addEnvOptions(
      addProjectOption(command)
        .argument('[command...]', 'a command with its arguments, a script, or names of processes')
        .option('--name <name>', 'name (default: the base name of the command)')
        .option('--owner <name>', 'owner, for limits and filters (default: you)'),
    ),
  )
    .option(
      '--instances <n>',
      'number of instances NAME:0, NAME:1, ...; --port 3100 gives them 3100, 3101, ...',
      integer('--instances', 1, 10_000),
    )
    .option('--update-env', "with names: take the caller's current environment")
    .option('--if-missing', 'if it is there already, defined in the same way: that is the answer; it starts unless it runs')
    .option('--wait', 'wait until it runs and is ready (default)')
    .option('--no-wait', 'return at once, without waiting until it runs')
    .addHelpText(
      'after',
      '\nExamples:\n  ptrack start -- node server.js\n  ptrack start app.js --name web --port 3000\n  ptrack start app.js --instances 2 -- --verbose\n  ptrack start python3 -m http.server\n  ptrack start web',
    )
  return action
}

function refuseDescribing(file: string, cwd: string): void {
  if (!describesProcesses(file, cwd)) return
  const reader = /ptrack[^/]*\.ya?ml$/.test(file) ? 'up -f' : 'import'
  throw new PtrackError('USAGE', `cannot start ${file}: it is no program, but says what is to run`, {
    hint: `\`ptrack ${reader} ${file}\` brings that up; \`ptrack start -- ${file}\` runs the file itself`,
  })
}

const action: Action = async (context, operands, raw, line) => {
  const options = raw as unknown as StartOptions
  const first = operands[0]
  if (first === undefined)
    throw new PtrackError('USAGE', 'cannot start: no command and no name was given', {
      hint: 'write `ptrack start -- COMMAND` or `ptrack start NAME`',
    })
  if (line.literal.length === operands.length) return startNew(context, operands, options, true)
  if (NEW_ONLY.some((key) => options[key] !== undefined)) {
    refuseDescribing(first, context.io.cwd)
    return startNew(context, operands, options, false)
  }
  if (await areNames(context, operands)) {
    // All words are names then, and options may follow them.
    const names = await parseCommand({ ...start, programFollows: undefined }, line.argv, context.io)
    const targets = names.operands as string[]
    refuseChanges(targets, names.given)
    return again(
      { ...context, json: context.json || names.options.json === true },
      targets,
      names.options as unknown as StartOptions,
    )
  }
  const { env, cwd } = context.io
  refuseDescribing(first, cwd)
  // Local scripts and programs mean nothing to a remote daemon: there, only `--` makes a command.
  if (context.remote === null && (isScript(first, cwd) || findCommand(first, env, cwd) !== null))
    return startNew(context, operands, options, false)
  throw new PtrackError(
    'NOT_FOUND',
    `cannot start ${first}: there is no process of that name, no such script and no such command`,
    {
      // A command in quotes is one word, and no program is called so.
      hint: /\S\s+\S/.test(first)
        ? `write it without the quotes: \`ptrack start -- ${[first, ...operands.slice(1)].join(' ')}\``
        : '`ptrack ls --all` shows the names; write `ptrack start -- COMMAND` for a new one',
    },
  )
}

export const start: CommandSpec = {
  name: 'start',
  group: 'processes',
  operands: 'names and files',
  takesCommand: true,
  summary: 'start a new service, or start an existing process again',
  // A script is found by its file, so that `start app.js --name api` reads as meant.
  programFollows: (first, cwd) => !isScript(first, cwd),
  translation: {
    load: async () => (await import('./start/pm2-options.ts')).fromPm2,
    alike: { '--env': /=/, '--instances': /^\d+$/, '--restart-delay': /[a-z]$/ },
  },
  define,
}
