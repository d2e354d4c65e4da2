/** Text as terminal cells: exact widths, and of a program's own escape sequences only colours. */
import sliceAnsi from 'slice-ansi'
import stringWidth from 'string-width'
import { clean } from '../words/text.ts'
import { type ColorDepth, fitColors } from './colors.ts'

const PLAIN = /^[\x20-\x7e]*$/
/** Also what the view itself draws, each one column wide (lines, blocks, marks of states), and colours. */
const OWN =
  '\\x20-\\x7e\\xb7\\xd7\\u2016\\u2026\\u21af\\u21ba\\u21bb\\u2298\\u2500-\\u259f\\u25a1\\u25aa\\u25b2\\u25b8\\u25be\\u25cb\\u25cf\\u25d0\\u25f7\\u2713\\u2717'
const SIMPLE = new RegExp(`^(?:[${OWN}]|\\x1b\\[[0-9;:]*m)*$`)
const SINGLE = new RegExp(`^[${OWN}]*$`)
const TAB = 8

/** Whole escape sequences with their payload: an OSC's text (a title, a link) is not part of the log. */
const SEQUENCES =
  /\x1b\[[0-9;:?<=>!]*[ -/]*[@-~]|\x9b[0-9;:?<=>!]*[ -/]*[@-~]|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c|$)|\x1b[ -/]*[0-~]?/g
const ONE_SGR = /^\x1b\[[0-9;:]*m$/
/** Colours and other attributes, all that a line may hold. */
export const SGR = /\x1b\[[0-9;:]*m/g
const INVISIBLE = /[\x00-\x1a\x1c-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g

/** Columns, not counting SGR sequences. */
export function widthOf(text: string): number {
  if (PLAIN.test(text)) return text.length
  // Segmenting graphemes costs a hundred times more, and would dominate a frame.
  return SIMPLE.test(text) ? text.replace(SGR, '').length : stringWidth(text)
}

/** One line of text without any sequence: for names, messages and reasons. */
export const plain = (text: string): string =>
  PLAIN.test(text) ? text : clean(text.replace(SEQUENCES, '')).replace(/\p{Surrogate}/gu, '\ufffd')

/** The final text of a line with carriage returns, as progress bars write; a Windows line end is none. */
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

/** A log line with only those of its colours that the terminal can show (`depth`), ending in the default colours. */
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

/** At most `width` columns, with a mark where it was cut; never more, even with a wide character at the edge. */
export function cut(text: string, width: number, mark = '…'): string {
  if (width <= 0) return ''
  if (widthOf(text) <= width) return text
  if (SINGLE.test(text)) return text.slice(0, width - 1) + mark
  let kept = sliceAnsi(text, 0, width - 1)
  // A wide character at the edge may be taken whole.
  for (let end = width - 2; widthOf(kept) > width - 1 && end >= 0; end--) kept = sliceAnsi(text, 0, end)
  return kept + mark
}

export function toWidth(text: string, width: number, align: 'left' | 'right' = 'left', mark?: string): string {
  const shown = cut(text, width, mark)
  const gap = ' '.repeat(Math.max(0, width - widthOf(shown)))
  return align === 'right' ? gap + shown : shown + gap
}
