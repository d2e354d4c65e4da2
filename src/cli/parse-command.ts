/** The parser of one command: building all of them costs more than running one. */
import { Command, CommanderError } from 'commander'
import { type Action, type AnyCommand, addCommonOptions, type CommandLine } from './command.ts'
import { hasForeign, type Line, readLine } from './input/read-line.ts'
import { usageError } from './output/error-output.ts'

export interface ParsedCommand {
  /** As parsed; those not given are left out. */
  operands: unknown[]
  options: Record<string, unknown>
  /** The options on the line, by their long names. */
  given: string[]
  notes: string[]
  /** For a person at a terminal: what may have been meant instead. */
  hint: string | null
  line: CommandLine
  action: Action<never>
  /** Help was requested; nothing is run. */
  help: string | null
}

export function buildParser(spec: AnyCommand): { command: Command; action: Action<never> } {
  const command = new Command(`ptrack ${spec.name}`).description(spec.summary)
  const action = spec.define(command)
  addCommonOptions(command)
    .helpOption('-h, --help', 'show this help')
    .exitOverride()
    // Errors and suggestions are printed by us, in one form.
    .configureOutput({ writeErr: () => undefined, writeOut: () => undefined })
    .showSuggestionAfterError(false)
    .allowExcessArguments(false)
    .action(() => undefined)
  return { command, action }
}

/** `place.cwd` resolves files named on the line, and is read only if needed. Throws PtrackError USAGE. */
export async function parseCommand(
  spec: AnyCommand,
  argv: readonly string[],
  place: { readonly cwd: string },
): Promise<ParsedCommand> {
  const { command, action } = buildParser(spec)
  const { translation } = spec
  const isTranslated = translation && hasForeign(argv, command.options, translation)
  const line = readLine(argv, {
    options: command.options,
    programFollows: (first) => spec.programFollows?.(first, place.cwd) ?? false,
    translate: isTranslated ? await translation.load() : undefined,
  })
  const asGiven: CommandLine = { argv, literal: line.literal }
  command.passThroughOptions(line.passedOn)
  try {
    // Without node and script.
    command.parse(line.words, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.code === 'commander.helpDisplayed' || error.code === 'commander.help')
      return { operands: [], options: {}, given: [], notes: [], hint: null, line: asGiven, action, help: helpText(command) }
    throw usageError(spec.name, error.message, {
      known: command.options.flatMap(({ long, hidden }) => (long && !hidden ? [long] : [])),
      program: programOf(spec, line),
    })
  }
  const given = command.options.filter((option) => command.getOptionValueSource(option.attributeName()) === 'cli')
  return {
    operands: command.processedArgs.flat().filter((operand) => operand !== undefined),
    options: command.opts(),
    given: given.map(({ long }) => long!),
    notes: line.notes,
    hint: hintOf(spec, line),
    line: asGiven,
    action,
    help: null,
  }
}

/** The script whose own options must follow `--`. */
const programOf = (spec: AnyCommand, { first, passedOn }: Line): string | null =>
  spec.programFollows !== undefined && first !== null && !passedOn ? first : null

function hintOf(spec: AnyCommand, line: Line): string | null {
  const program = programOf(spec, line)
  if (program === null || line.behind.length === 0) return null
  const names = [...new Set(line.behind)].join(', ')
  return `${names} ${line.behind.length === 1 ? 'is' : 'are'} for ptrack; options of ${program} go behind \`--\``
}

/** Includes what `addHelpText` added, which `helpInformation` alone leaves out. */
function helpText(command: Command): string {
  let text = ''
  command.configureOutput({
    writeOut: (part) => {
      text += part
    },
  })
  command.outputHelp()
  return text
}
