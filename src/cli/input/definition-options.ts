/** Options for the fields of a definition, shared by start, run and set: the table's, and their translation into the request. */
import type { Command } from 'commander'
import type { DefinitionInput } from '../../protocol/definition.ts'
import { type Field, fields } from '../../protocol/fields.ts'
import type { Condition } from '../../protocol/names.ts'
import { collect, NONE, type OrNone, orNone, reading } from './parse.ts'

/**
 * What the parser hands over, under the names of the fields (NONE for null); absent = not given, so that only what differs from the
 * defaults is sent.
 */
export type DefinitionOptions = Partial<Omit<DefinitionInput, 'after'>> & {
  after?: OrNone<{ name: string; condition: Condition | null }>[]
}

function parserOf(flag: string, { value, none, repeat }: Field): (text: string, previous: unknown) => unknown {
  const one = reading(flag, value)
  const parse = none ? orNone(one) : one
  return repeat ? (collect(parse) as typeof parse) : parse
}

/** `set` changes a definition that exists: switches can be turned off again there. */
export function addDefinitionOptions(command: Command, forSet = false): Command {
  for (const [field, row] of Object.entries(fields())) {
    if (row.flag === undefined) continue
    command.optionsGroup(row.group!)
    const add = (flags: string, about: string): ReturnType<Command['createOption']> => {
      const option = command.createOption(flags, about)
      // Commander reads `--no-restart-exit <codes>` as the negation of another option.
      option.negate &&= !option.required
      option.attributeName = () => field
      return option
    }
    const option = add(row.flag, row.about!)
    const name = row.flag.split(/[ ,]/, 1)[0]!
    if (row.value.kind !== 'switch') option.argParser<unknown>(parserOf(name, row))
    // What is on anyway is listed where it can have been turned off. Alone, the negation would be sent as true whenever it is not given.
    command.addOption(option.hideHelp(row.off !== undefined && !forSet))
    if (row.value.kind === 'switch' && (forSet || row.off))
      command.addOption(add(name.replace('--', '--no-'), row.off ?? `turn ${name} off`))
  }
  // What follows is of the command itself.
  return command.optionsGroup('Options:')
}

/** A list of which `none` takes all away. */
export const withoutNone = <T>(list: OrNone<T>[]): T[] =>
  list.filter((one): one is Exclude<OrNone<T>, typeof NONE> => one !== NONE)

/** Only what was given. `cwd` is left to the caller, which knows what it is relative to; of `after` see `afterFields`. */
export function definitionFields(options: DefinitionOptions): Partial<DefinitionInput> {
  const given = options as Record<string, unknown>
  const found: Record<string, unknown> = {}
  for (const [field, { flag, repeat }] of Object.entries(fields())) {
    if (flag === undefined || given[field] === undefined || field === 'cwd' || field === 'after') continue
    const value = repeat ? withoutNone(given[field] as unknown[]) : given[field]
    found[field] = value === NONE ? null : repeat === 'map' ? Object.fromEntries(value as [string, unknown][]) : value
  }
  return found as Partial<DefinitionInput>
}
