/** One command's parser: built for this command alone, because building all of them costs more than running one. */
import { Command, CommanderError } from 'commander'
import { type Action, addCommonOptions, type CommandSpec } from './command.ts'
import { usageError } from './error-output.ts'
import { joinPairs } from './pairs.ts'

export interface ParsedCommand {
  args: string[]
  options: Record<string, unknown>
  /** The options that stood on the line, by their long names. */
  given: string[]
  action: Action
  /** Help was asked for; nothing is to be run. */
  help: string | null
}

/** Knows options with two values too. */
class PairCommand extends Command {
  private programFollows = false

  override passThroughOptions(on = true): this {
    this.programFollows = on
    return super.passThroughOptions(on)
  }

  /** `argv` as a user gives it, without node and script. */
  parseUser(argv: readonly string[]): void {
    this.parse(joinPairs(argv, this.options, this.programFollows), { from: 'user' })
  }
}

export function buildParser(spec: CommandSpec): { command: PairCommand; action: Action } {
  const command = new PairCommand(`ptrack ${spec.name}`).description(spec.summary)
  const action = spec.define(command)
  addCommonOptions(command)
    .helpOption('-h, --help', 'show this help')
    .exitOverride()
    // Errors are printed by us, in one form for all.
    .configureOutput({ writeErr: () => undefined, writeOut: () => undefined })
    .allowExcessArguments(false)
    .action(() => undefined)
  return { command, action }
}

/** Throws PtrackError USAGE for what cannot be read. */
export function parseCommand(spec: CommandSpec, argv: readonly string[]): ParsedCommand {
  const { command, action } = buildParser(spec)
  try {
    command.parseUser(argv)
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.code === 'commander.helpDisplayed' || error.code === 'commander.help')
      return { args: [], options: {}, given: [], action, help: helpText(command) }
    throw usageError(spec.name, error.message)
  }
  const given = command.options.filter((option) => command.getOptionValueSource(option.attributeName()) === 'cli')
  return { args: command.args, options: command.opts(), given: given.map(({ long }) => long!), action, help: null }
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
