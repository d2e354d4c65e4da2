/** The ini files of supervisord, as Python's ConfigParser reads them. */
import { PtrackError } from '../../protocol/errors.ts'

export interface IniSection {
  name: string
  /** Absolute path of the file it stands in. */
  file: string
  values: Record<string, string>
  lines: Record<string, number>
}

/** Comments: `;` or `#` at the start of a line, ` ;` behind a value. A line that begins with a blank goes on with the value. */
export function parseIni(text: string, file: string): IniSection[] {
  const sections: IniSection[] = []
  let key: string | null = null
  for (const [index, raw] of text.replaceAll('\r\n', '\n').split('\n').entries()) {
    if (/^\s*([;#]|$)/.test(raw)) continue
    const line = raw.replace(/\s;.*$/, '').trimEnd()
    const section = sections.at(-1)
    const header = /^\[([^\]]+)\]/.exec(line)
    if (header) {
      sections.push({ name: header[1]!.trim(), file, values: {}, lines: {} })
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
