/** The sources as the house tests read them. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { root } from '../../support/bundle.ts'

export interface SourceFile {
  /** From the top of the repository, with forward slashes. */
  path: string
  text: string
  lines: string[]
}

/** All files of a folder with one of these endings, in order of path. */
export function filesIn(folder: string, endings: readonly string[]): SourceFile[] {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && endings.some((ending) => entry.name.endsWith(ending)))
    .map((entry) => {
      const file = join(entry.parentPath, entry.name)
      const text = readFileSync(file, 'utf8')
      return { path: relative(root, file), text, lines: text.split('\n') }
    })
    .sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** `file:line` of an offset in the text. */
export const placeOf = (file: SourceFile, offset: number): string =>
  `${file.path}:${file.text.slice(0, offset).split('\n').length}`

/**
 * The text with comments (and, if asked, the insides of strings) blanked out at the same length, so that a rule about code
 * does not fire on prose. Regular expressions are not told apart from divisions: a quote inside one may blank too much.
 */
export function codeOnly(text: string, { strings }: { strings: boolean } = { strings: false }): string {
  const known = strings ? withoutStrings : withStrings
  const code = known.get(text) ?? blanked(text, strings)
  known.set(text, code)
  return code
}

/** The comments of a text alone, the rest blanked out at the same length. */
export function commentsOnly(text: string): string {
  const code = codeOnly(text)
  return text.replace(/[^\n]/g, (char, at: number) => (code[at] === char ? ' ' : char))
}

/** Each file is asked for by many rules. */
const withStrings = new Map<string, string>()
const withoutStrings = new Map<string, string>()

function blanked(text: string, strings: boolean): string {
  const blank = (part: string) => part.replace(/[^\n]+/g, (words) => ' '.repeat(words.length))
  return text.replace(/\/\*[\s\S]*?\*\/|(?<![:\\'"`/])\/\/[^\n]*|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g, (part) => {
    if (part.startsWith('/')) return blank(part)
    return strings ? part[0] + blank(part.slice(1, -1)) + part[0] : part
  })
}
