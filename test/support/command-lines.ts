/** Command lines of ptrack as documents and messages name them, and what is wrong with them. */
import { namesOf } from '../../src/cli/command.ts'
import { COMMANDS } from '../../src/cli/command-table.ts'
import { readLine } from '../../src/cli/input/read-line.ts'
import { buildParser } from '../../src/cli/parse-command.ts'

const specs = new Map(COMMANDS.flatMap((spec) => namesOf(spec).map((name) => [name, spec] as const)))

/** The first word of every command. */
export const firstWords: ReadonlySet<string> = new Set([...specs.keys()].map((name) => name.split(' ')[0]!))

const SCRIPT = /\.(?:[cm]?[jt]s|py|sh)$/

/** Every `ptrack ...` in a line of shell: its words, up to what belongs to another program. */
export function commandLinesIn(line: string): string[][] {
  const found = line.replaceAll(/\$\((?!ptrack)[^)]*\)/g, 'X').matchAll(/(?:^|[\s$(;&|!])ptrack( +[^;|&)>]+)/g)
  return [...found].map((match) => {
    const words = match[1]!.match(/(?:[^\s"']|"[^"]*"|'[^']*'|["'])+/g) ?? []
    const own = words.findIndex((word) => word === '--' || word === '#')
    return own < 0 ? words : words.slice(0, own)
  })
}

/** A command that does not exist, options that it does not take, options that a program would get. */
export function mistakesIn(words: readonly string[]): string[] {
  // `ptrack COMMAND --help` and the like speak of any command.
  if (!/^[a-z]/.test(words[0] ?? '')) return []
  // `help all` and `help GROUP` have pages of their own.
  if (words[0] === 'help') return words[1] === 'all' || firstWords.has(words[1] ?? '') ? [] : mistakesIn(words.slice(1))
  const spec = specs.get(words.slice(0, 2).join(' ')) ?? specs.get(words[0]!)
  // `ptrack track` alone stands for all that begin so.
  if (!spec && words.length === 1 && firstWords.has(words[0]!)) return []
  if (!spec) return [`ptrack ${words.join(' ')}: no such command`]
  const { command } = buildParser(spec)
  const rest = words.slice(namesOf(spec).includes(words.slice(0, 2).join(' ')) && words.length > 1 ? 2 : 1)
  // As the CLI reads it; a script is known by its ending here, since documents name files that are not there.
  const {
    words: read,
    first,
    passedOn,
  } = readLine(rest, {
    options: command.options,
    programFollows: (word) => spec.programFollows !== undefined && (spec.name === 'run' || !SCRIPT.test(word)),
  })
  const end = passedOn && first !== null ? read.indexOf(first) : read.length
  const known = new Set(['--help', ...command.options.flatMap(({ long, short }) => [long, short])])
  /** `-it` is `-i -t`. */
  const apart = (word: string): string[] => {
    const letters = /^-[a-z]{2,}$/i.test(word) && !known.has(word) ? [...word.slice(1)].map((letter) => `-${letter}`) : [word]
    return letters.every((letter) => known.has(letter)) ? letters : [word]
  }
  const optionsOf = (part: readonly string[]): string[] =>
    part.filter((word) => /^--?[a-z]/i.test(word)).flatMap((word) => apart(word.split('=')[0]!))
  const unknown = optionsOf(read.slice(0, end)).filter((option) => !known.has(option))
  const late = optionsOf(read.slice(end)).filter((option) => option.startsWith('--') && known.has(option))
  return [
    ...unknown.map((option) => `ptrack ${words.join(' ')}: no option ${option}`),
    ...late.map((option) => `ptrack ${words.join(' ')}: ${option} is behind ${first} and goes to the program`),
  ]
}
