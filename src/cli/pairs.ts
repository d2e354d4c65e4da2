/** Options with two values (`--on failed exec:CMD`, `--owner ci 2`), which the parser's library does not know: they go through it as one. */
import type { Option } from 'commander'

/** Never in an argument: the kernel ends them with it. */
const BETWEEN = '\0'

/** The two values; the second is null when it was not given. */
export function splitPair(text: string): [string, string | null] {
  const at = text.indexOf(BETWEEN)
  return at === -1 ? [text, null] : [text.slice(0, at), text.slice(at + 1)]
}

const isPair = (option: Option): boolean => /<[^>]+> <[^>]+>$/.test(option.flags)

/** `--on A B` becomes one word. `none` stands alone: it takes away. `programFollows`: the first operand ends our options. */
export function joinPairs(argv: readonly string[], options: readonly Option[], programFollows: boolean): string[] {
  const joined: string[] = []
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at]!
    const operand = !word.startsWith('-') || word === '-'
    if (word === '--' || (operand && programFollows)) return [...joined, ...argv.slice(at)]
    const equals = word.indexOf('=')
    const flag = equals === -1 ? word : word.slice(0, equals)
    const option = operand ? undefined : options.find((one) => one.long === flag || one.short === flag)
    if (!option?.required || (equals !== -1 && !isPair(option)) || (equals === -1 && at + 1 === argv.length)) {
      joined.push(word)
      continue
    }
    const first = equals === -1 ? argv[++at]! : word.slice(equals + 1)
    if (!isPair(option)) {
      joined.push(word, first)
      continue
    }
    const second = argv[at + 1]
    const alone = first === 'none' || second === undefined || second === '--'
    joined.push(`${flag}=${first}${alone ? '' : BETWEEN + second}`)
    if (!alone) at++
  }
  return joined
}
