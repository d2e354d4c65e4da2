/** The ini files of supervisord, as Python's ConfigParser reads them. */
import { PtrackError } from '../../protocol/errors.ts'

export interface IniSection {
  name: string
  file: string
  values: Record<string, string>
  lines: Record<string, number>
}

/** Comments: `;` or `#` at a line's start, or after a blank. A leading blank continues a value; repeated sections merge. */
export function parseIni(text: string, file: string): IniSection[] {
  const sections: IniSection[] = []
  let current: IniSection | undefined
  let key: string | null = null
  for (const [index, raw] of text.replaceAll('\r\n', '\n').split('\n').entries()) {
    if (/^\s*([;#]|$)/.test(raw)) continue
    const line = raw.replace(/\s[;#].*$/, '').trimEnd()
    const section = current
    const header = /^\[([^\]]+)\]/.exec(line)
    if (header) {
      const name = header[1]!.trim()
      current = sections.find((one) => one.name === name) ?? { name, file, values: {}, lines: {} }
      if (!sections.includes(current)) sections.push(current)
      key = null
    } else if (/^\s/.test(line) && section && key !== null) section.values[key] += `\n${line.trim()}`
    else {
      const [, name, value] = /^([^=:]+?)\s*[=:]\s*(.*)$/.exec(line) ?? []
      if (name === undefined || section === undefined)
        throw new PtrackError('BAD_FILE', `cannot import ${file}: line ${index + 1} is neither [section] nor key=value`, {
          hint: 'mend that line; nothing was started',
        })
      key = name.toLowerCase()
      section.values[key] = value!
      section.lines[key] = index + 1
    }
  }
  return sections
}

/** Merges sections of one name across files: the later value of a key counts. */
export function mergedSections(sections: readonly IniSection[]): IniSection[] {
  const merged = new Map<string, IniSection>()
  for (const section of sections) {
    const before = merged.get(section.name)
    if (before === undefined) merged.set(section.name, section)
    else {
      Object.assign(before.values, section.values)
      Object.assign(before.lines, section.lines)
    }
  }
  return [...merged.values()]
}
