/** Reads a command line before commander does: options with two values become one word, other programs' spellings ours. */
import type { Option } from 'commander'
import { BETWEEN } from '../../protocol/values.ts'

export interface Translated {
  words: string[]
  used: number
  /** One line for the person who typed it, or null. */
  note: string | null
}

/** `value` followed `=`; `rest` follows the option. Null: not one of theirs. Throws USAGE without a counterpart here. */
export type Translate = (flag: string, value: string | null, rest: readonly string[], operandSeen: boolean) => Translated | null

/** Loaded only where a line has an option that may be theirs. */
export interface Translation {
  load: () => Promise<Translate>
  /** Of the options that both have: the values that can only be ours. */
  alike: Readonly<Record<string, RegExp>>
}

/** Whether anything before `--` is no option of ours, or is spelled alike with a value that may be theirs. */
export function hasForeign(argv: readonly string[], options: readonly Option[], { alike }: Translation): boolean {
  const end = argv.indexOf('--')
  return argv.slice(0, end === -1 ? argv.length : end).some((word, at) => {
    if (!word.startsWith('-')) return false
    const [flag, value = argv[at + 1] ?? ''] = word.split(/=(.*)/s, 2) as [string, string?]
    return !options.some(({ long, short }) => long === flag || short === flag) || alike[flag]?.test(value) === false
  })
}

export interface Rules {
  options: readonly Option[]
  /** Whether everything after the given first operand belongs to a program. */
  programFollows: (first: string) => boolean
  translate?: Translate | undefined
}

export interface Line {
  words: string[]
  /** What follows `--`. */
  literal: readonly string[]
  first: string | null
  /** What follows `first` is the program's, unread. */
  passedOn: boolean
  /** Our options that followed `first`. */
  behind: string[]
  notes: string[]
}

const isPair = (option: Option): boolean => /<[^>]+> <[^>]+>$/.test(option.flags)

/** Reads up to `--`, or up to the operand that begins a program's own command line. */
export function readLine(argv: readonly string[], { options, programFollows, translate }: Rules): Line {
  const line: Line = { words: [], literal: [], first: null, passedOn: false, behind: [], notes: [] }
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at]!
    if (word === '--') {
      line.words.push(...argv.slice(at))
      line.literal = argv.slice(at + 1)
      return line
    }
    if (!word.startsWith('-') || word === '-') {
      if (line.first === null) {
        line.first = word
        line.passedOn = programFollows(word)
      }
      if (line.passedOn) {
        line.words.push(...argv.slice(at))
        return line
      }
      line.words.push(word)
      continue
    }
    const equals = word.indexOf('=')
    const flag = equals === -1 ? word : word.slice(0, equals)
    const value = equals === -1 ? null : word.slice(equals + 1)
    const translated = translate?.(flag, value, argv.slice(at + 1), line.first !== null)
    if (translated) {
      line.words.push(...translated.words)
      if (translated.note !== null) line.notes.push(translated.note)
      at += translated.used
      continue
    }
    const option = options.find((one) => one.long === flag || one.short === flag)
    if (option !== undefined && line.first !== null) line.behind.push(flag)
    const { words, used } = asOneWord(word, value, option, argv.slice(at + 1))
    line.words.push(...words)
    at += used
  }
  return line
}

/** `none` alone, where two values are expected, clears the list. */
function asOneWord(
  word: string,
  value: string | null,
  option: Option | undefined,
  rest: readonly string[],
): { words: string[]; used: number } {
  if (!option?.required || (value !== null && !isPair(option)) || (value === null && rest.length === 0))
    return { words: [word], used: 0 }
  const first = value ?? rest[0]!
  const used = value === null ? 1 : 0
  if (!isPair(option)) return { words: [word, first], used }
  const second = rest[used]
  const alone = first === 'none' || second === undefined || second === '--'
  return { words: [`${word.split('=', 1)[0]}=${first}${alone ? '' : BETWEEN + second}`], used: alone ? used : used + 1 }
}
