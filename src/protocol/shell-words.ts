/** Splits a command line into words, as a shell would; what needs a shell gets one. */
import { asWord, quoted } from './shell-quote.ts'

/** Characters with a meaning to a shell outside quotes. */
const SHELL_SYNTAX = /[|&;<>()$`*?[\]#~{}!\n]/

/** `NAME=value command`: the shell sets the variable. */
const SETS_VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*=/

export function splitWords(text: string): string[] | null {
  const words: string[] = []
  let word: string | null = null
  let quote: string | null = null
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!
    if (quote === "'") {
      if (char === "'") quote = null
      else word += char
    } else if (quote === '"') {
      if (char === '"') quote = null
      else if (char === '$' || char === '`') return null
      else if (char === '\\' && /["\\$`\n]/.test(text[at + 1] ?? '')) word += text[++at]!
      else word += char
    } else if (char === "'" || char === '"') {
      quote = char
      word ??= ''
    } else if (char === '\\' && at + 1 < text.length && text[at + 1] !== '\n') word = (word ?? '') + text[++at]!
    else if (/[ \t]/.test(char)) {
      if (word !== null) words.push(word)
      word = null
    } else if (SHELL_SYNTAX.test(char) || char === '\\') return null
    else word = (word ?? '') + char
  }
  if (quote !== null) return null
  if (word !== null) words.push(word)
  return words.length === 0 || SETS_VARIABLE.test(text.trimStart()) ? null : words
}

export const shellCommand = (text: string): string[] => ['/bin/sh', '-c', text]

/** Readable by a shell as exactly these words. */
export const joinWords = (words: readonly string[]): string =>
  words.map((word, at) => (at === 0 && SETS_VARIABLE.test(word) ? quoted(word) : asWord(word))).join(' ')
