/** Problems of tracking never fail the work: each is one sentence on stderr, once. */
import { PtrackError } from '../protocol/errors.ts'

const said = new Set<string>()
/** A limit, as some sentences contain numbers. */
const SENTENCES_MAX = 50

export function warn(text: string): void {
  // Some errors draw a picture below their first line.
  const sentence = text.split('\n')[0]!
  if (said.has(sentence) || said.size >= SENTENCES_MAX) return
  said.add(sentence)
  process.stderr.write(`ptrack: ${sentence}\n`)
}

/** The run has ended, or is gone. */
export const isOver = (error: unknown): boolean =>
  error instanceof PtrackError && (error.code === 'NOT_RUNNING' || error.code === 'NOT_FOUND')

/** Message and advice. */
export const sentence = (error: unknown): string => {
  if (!(error instanceof PtrackError)) return `cannot track: ${error instanceof Error ? error.message : String(error)}`
  return error.hint ? `${error.message}; ${error.hint}` : error.message
}
