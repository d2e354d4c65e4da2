/** `--env-file`: KEY=VALUE lines as of dotenv, docker and Procfile tools. An unreadable line is an error, never skipped. */
import { readFileSync } from 'node:fs'
import { PtrackError } from '../../protocol/errors.ts'

const ESCAPES: Record<string, string> = { n: '\n', r: '\r', t: '\t' }

function problem(file: string, line: number, why: string): PtrackError {
  return new PtrackError('BAD_FILE', `cannot read the environment file ${file}:${line}: ${why}`, {
    hint: 'write KEY=VALUE, with quotes around values that hold blanks, quotes or #',
  })
}

/** A quoted value, possibly of several lines; `rest` starts after the opening quote. */
function readQuoted(text: string, from: number, quote: string): { value: string; end: number } | null {
  let value = ''
  for (let at = from; at < text.length; at++) {
    const char = text[at]!
    if (char === quote) return { value, end: at + 1 }
    if (char === '\\' && quote === '"' && at + 1 < text.length) {
      const next = text[++at]!
      value += ESCAPES[next] ?? (next === '"' || next === '\\' || next === '$' ? next : `\\${next}`)
    } else value += char
  }
  return null
}

/** `file` is only for messages. */
export function parseEnvFile(text: string, file: string): Record<string, string> {
  const env: Record<string, string> = {}
  const source = text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n')
  let at = 0
  let line = 1
  while (at < source.length) {
    const end = source.indexOf('\n', at) === -1 ? source.length : source.indexOf('\n', at)
    const whole = source.slice(at, end)
    if (/^\s*(#|$)/.test(whole)) {
      at = end + 1
      line++
      continue
    }
    const head = /^(\s*(?:export\s+)?)([^=\s]*)\s*=[ \t]*/.exec(whole)
    if (head === null) throw problem(file, line, `there is no \`=\` in ${JSON.stringify(whole.slice(0, 40))}`)
    const key = head[2]!
    if (!/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(key)) throw problem(file, line, `${JSON.stringify(key)} is not a name of a variable`)
    const start = at + head[0].length
    const quote = source[start]
    if (quote === '"' || quote === "'") {
      const quoted = readQuoted(source, start + 1, quote)
      if (quoted === null) throw problem(file, line, `the quote ${quote} that opens the value of ${key} is never closed`)
      const after = source.slice(
        quoted.end,
        source.indexOf('\n', quoted.end) === -1 ? source.length : source.indexOf('\n', quoted.end),
      )
      if (!/^\s*(#.*)?$/.test(after)) throw problem(file, line, `something follows the closing quote of ${key}`)
      env[key] = quoted.value
      line += source.slice(at, quoted.end).split('\n').length
      at = quoted.end + after.length + 1
      continue
    }
    env[key] = whole
      .slice(head[0].length)
      .replace(/(^|\s+)#.*$/, '')
      .trimEnd()
    at = end + 1
    line++
  }
  return env
}

export function readEnvFile(file: string): Record<string, string> {
  try {
    return parseEnvFile(readFileSync(file, 'utf8'), file)
  } catch (cause) {
    if (cause instanceof PtrackError) throw cause
    const code = (cause as NodeJS.ErrnoException).code
    if (code === undefined) throw cause
    throw new PtrackError(
      'BAD_FILE',
      `cannot read the environment file ${file}: ${code === 'ENOENT' ? 'there is no such file' : code}`,
      { hint: 'check the path', cause },
    )
  }
}
