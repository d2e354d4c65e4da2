/** YAML of other programs, with our error messages. */
import type { Document, LineCounter, YAMLError } from 'yaml'
import { PtrackError } from '../../protocol/errors.ts'
import { syntaxWords } from '../yaml/document.ts'

export function badYaml(error: YAMLError, file: string, lines: LineCounter): PtrackError {
  const { message, hint } = syntaxWords(error)
  const { line, col } = lines.linePos(error.pos[0])
  return new PtrackError('BAD_FILE', `cannot import ${file}:${line}:${col}: ${message}`, { hint: hint ?? 'mend the YAML' })
}

/** Nested aliases can expand beyond memory, which the parser refuses. */
export function plainValue(document: Document.Parsed, file: string): unknown {
  try {
    return document.toJS()
  } catch (cause) {
    if (!(cause instanceof ReferenceError)) throw cause
    const why = cause.message.startsWith('Excessive alias') ? 'its aliases stand for too many values' : cause.message
    throw new PtrackError('BAD_FILE', `cannot import ${file}: ${why}`, { hint: 'use fewer aliases', cause })
  }
}
