/** Options for the fields of a definition, from the table, for start, run and set. */
import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { DefinitionInput } from '../../protocol/definition.ts'
import type { Field } from '../../protocol/field.ts'
import { fields } from '../../protocol/fields.ts'
import type { Condition } from '../../protocol/names.ts'
import { collect, NONE, type OrNone, orNone, reading } from './parse.ts'

/** Parsed options, named like the fields (NONE for null); absent = not given, as only differences from defaults are sent. */
export type DefinitionOptions = Partial<Omit<DefinitionInput, 'after'>> & {
  after?: OrNone<{ name: string; condition: Condition | null }>[]
}

function parserOf(flag: string, { value, none, repeat }: Field): (text: string, previous: unknown) => unknown {
  const one = reading(flag, value)
  const parse = none ? orNone(one) : one
  return repeat ? (collect(parse) as typeof parse) : parse
}

const opposite = (name: string): string => (name.startsWith('--no-') ? name.replace('--no-', '--') : name.replace('--', '--no-'))

/** `set` changes an existing definition: there, switches can be turned off again. */
export function addDefinitionOptions(command: Command, forSet = false): Command {
  for (const [field, row] of Object.entries(fields())) {
    if (row.flag === undefined) continue
    command.optionsGroup(row.group!)
    const add = (flags: string, about: string, negates: boolean): ReturnType<Command['createOption']> => {
      const option = command.createOption(flags, about)
      // Commander reads `--no-restart-exit <codes>` and `--no-new-privileges` as negations of other options.
      option.negate = negates
      option.attributeName = () => field
      return option
    }
    const option = add(row.flag, row.about!, false)
    const name = /--[\w-]+/.exec(row.flag)![0]
    if (row.value.kind !== 'switch') option.argParser<unknown>(parserOf(name, row))
    // Defaults that are on are listed where they may have been turned off. Alone, the negation would be sent as true whenever it
    // is not given.
    command.addOption(option.hideHelp(row.off !== undefined && !forSet))
    if (row.value.kind === 'switch' && (forSet || row.off))
      command.addOption(add(opposite(name), row.off ?? `turn ${name} off`, true))
  }
  // What follows belongs to the command itself.
  return command.optionsGroup('Options:')
}

/** A list that `none` clears. */
export const withoutNone = <T>(list: OrNone<T>[]): T[] =>
  list.filter((one): one is Exclude<OrNone<T>, typeof NONE> => one !== NONE)

/** Paths that were given, relative to the directory of the command. */
export function pathFields(
  { cwd, stdin, outFile, errFile, readOnly }: DefinitionOptions,
  from: string,
): Partial<DefinitionInput> {
  const input = stdin === 'null' ? '/dev/null' : stdin
  const given = Object.entries({ cwd, stdin: input, outFile, errFile }).filter(([, path]) => typeof path === 'string')
  return {
    ...Object.fromEntries(given.map(([field, path]) => [field, resolve(from, path!)])),
    ...(readOnly && { readOnly: withoutNone(readOnly).map((path) => resolve(from, path)) }),
  }
}

/** Only what was given. The caller resolves `cwd`; for `after` see `afterFields`. */
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
