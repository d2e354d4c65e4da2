/** Splits command lines into words as other supervisors do. */
import { PtrackError } from '../../protocol/errors.ts'

/** Python's shlex.split, as in supervisord. (The npm package of that name also reads `$'…'`, `$"…"` and escaped newlines.) */
export function shellWords(text: string, at: string): string[] {
  const words: string[] = []
  let word: string | null = null
  let quote = ''
  const bad = (what: string, hint: string): PtrackError => new PtrackError('BAD_FILE', `cannot import ${at}: ${what}`, { hint })
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!
    if (quote) {
      if (char === quote) quote = ''
      else if (char === '\\' && quote === '"' && /["\\]/.test(text[i + 1] ?? '')) word += text[++i]!
      else word += char
    } else if (char === '"' || char === "'") {
      quote = char
      word ??= ''
    } else if (char === '\\') {
      if (i + 1 === text.length) throw bad('the backslash at the end escapes nothing', 'write it twice, or leave it out')
      word = (word ?? '') + text[++i]!
    } else if (/[ \t\r\n]/.test(char)) {
      if (word !== null) words.push(word)
      word = null
    } else word = (word ?? '') + char
  }
  if (quote) throw bad(`the quote ${quote} is never closed`, 'close it in the file')
  if (word !== null) words.push(word)
  return words
}

/** NAME="a b" or NAME='a b', a quoted text, else what is between blanks: an apostrophe inside a word is a letter. */
const PM2_WORD = /[^\s"'=]+=(?:"[^"]*"|'[^']*')|"[^"]*"|'[^']*'|\S+/g

/** As pm2 splits `args`: quotes around a whole word are stripped, and empty words dropped. */
export const pm2Words = (text: string): string[] =>
  (text.match(PM2_WORD) ?? []).map((word) => word.replace(/^(["'])(.*)\1$/s, '$2')).filter((word) => word.trim() !== '')
