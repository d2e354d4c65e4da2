/** Text as cells of a terminal: exact widths, and what of a program's own escape sequences may pass (colours, nothing else). */
import sliceAnsi from 'slice-ansi'
import stringWidth from 'string-width'
import { clean } from '../words/text.ts'
import { type ColorDepth, fitColors } from './colors.ts'

const PLAIN = /^[\x20-\x7e]*$/
/** Beside it, what the view itself draws: lines, blocks, the ellipsis and the pointer, each one column; and colours. */
const SIMPLE = /^(?:[\x20-\x7e\u2500-\u259f\u2026\u25b8]|\x1b\[[0-9;:]*m)*$/
const TAB = 8

/** Escape sequences whole, with what they carry: an OSC's text (a title, a link) is no text of the log. */
const SEQUENCES =
  /\x1b\[[0-9;:?<=>!]*[ -/]*[@-~]|\x9b[0-9;:?<=>!]*[ -/]*[@-~]|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c|$)|\x1b[ -/]*[0-~]?/g
const ONE_SGR = /^\x1b\[[0-9;:]*m$/
/** Colours and other attributes, all that a line may hold. */
export const SGR = /\x1b\[[0-9;:]*m/g
const INVISIBLE = /[\x00-\x1a\x1c-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g

/** Columns that it takes, SGR sequences not counted. */
export function widthOf(text: string): number {
  if (PLAIN.test(text)) return text.length
  // Finding graphemes costs a hundred times more, and most of a frame is this.
  return SIMPLE.test(text) ? text.replace(SGR, '').length : stringWidth(text)
}

/** One line of text without any sequence: for names, messages and reasons. */
export const plain = (text: string): string =>
  PLAIN.test(text) ? text : clean(text.replace(SEQUENCES, '')).replace(/\p{Surrogate}/gu, '\ufffd')

/** What stands on the line after the carriage returns of a progress bar; a program's Windows line end is none. */
function lastWritten(text: string): string {
  if (!text.includes('\r')) return text
  return (
    text
      .split('\r')
      .filter((part) => part !== '')
      .at(-1) ?? ''
  )
}

function expandTabs(text: string): string {
  if (!text.includes('\t')) return text
  let out = ''
  for (const part of text.split(/(\t)/)) out += part === '\t' ? ' '.repeat(TAB - (widthOf(out) % TAB)) : part
  return out
}

/** A log line with those of its colours that the terminal can show (`depth`) and nothing else that could steer a terminal. It ends in the terminal's own colours. */
export function logText(text: string, depth: ColorDepth): string {
  if (PLAIN.test(text)) return text
  let colored = false
  const kept = lastWritten(text).replace(SEQUENCES, (sequence) => {
    if (depth === 0 || !ONE_SGR.test(sequence)) return ''
    colored = true
    return fitColors(sequence, depth)
  })
  const shown = expandTabs(kept)
    .replace(INVISIBLE, '')
    .replace(/\p{Surrogate}/gu, '\ufffd')
  return colored ? `${shown}\x1b[0m` : shown
}

/** At most so many columns, what is cut shown by a mark; never more, even where a wide character stands at the edge. */
export function cut(text: string, width: number, mark = '…'): string {
  if (width <= 0) return ''
  if (widthOf(text) <= width) return text
  if (PLAIN.test(text)) return text.slice(0, width - 1) + mark
  let kept = sliceAnsi(text, 0, width - 1)
  // A wide character at the edge may be taken whole.
  for (let end = width - 2; widthOf(kept) > width - 1 && end >= 0; end--) kept = sliceAnsi(text, 0, end)
  return kept + mark
}

/** Exactly so many columns. */
export function toWidth(text: string, width: number, align: 'left' | 'right' = 'left', mark?: string): string {
  const shown = cut(text, width, mark)
  const gap = ' '.repeat(Math.max(0, width - widthOf(shown)))
  return align === 'right' ? gap + shown : shown + gap
}
