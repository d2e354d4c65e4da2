/** Command lines of ptrack as documents and messages name them, and what is wrong with them. */
import { COMMANDS, namesOf } from '../../src/cli/command-table.ts'
import { buildParser } from '../../src/cli/parse-command.ts'

const specs = new Map(COMMANDS.flatMap((spec) => namesOf(spec).map((name) => [name, spec] as const)))

/** The first word of every command. */
export const firstWords: ReadonlySet<string> = new Set([...specs.keys()].map((name) => name.split(' ')[0]!))

/** Every `ptrack ...` in a line of shell: its words, up to what belongs to another program. */
export function commandLinesIn(line: string): string[][] {
  const found = line.replaceAll(/\$\((?!ptrack)[^)]*\)/g, 'X').matchAll(/(?:^|[\s$(;&|!])ptrack( +[^;|&)>]+)/g)
  return [...found].map((match) => {
    const words = match[1]!.trim().split(/\s+/)
    const own = words.findIndex((word) => word === '--' || word === '#')
    return own < 0 ? words : words.slice(0, own)
  })
}

/** A command that does not exist, options that it does not take. */
export function mistakesIn(words: readonly string[]): string[] {
  // `ptrack COMMAND --help` and the like speak of any command.
  if (!/^[a-z]/.test(words[0] ?? '')) return []
  const spec = specs.get(words.slice(0, 2).join(' ')) ?? specs.get(words[0]!)
  // `ptrack track` alone stands for all that begin so.
  if (!spec && words.length === 1 && firstWords.has(words[0]!)) return []
  if (!spec) return [`ptrack ${words.join(' ')}: no such command`]
  const known = new Set(['--help', ...buildParser(spec).command.options.flatMap(({ long, short }) => [long, short])])
  const options = words.filter((word) => /^--?[a-z]/i.test(word)).map((word) => word.split('=')[0]!)
  return options.filter((option) => !known.has(option)).map((option) => `ptrack ${words.join(' ')}: no option ${option}`)
}
