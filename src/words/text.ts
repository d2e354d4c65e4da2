/** Width of text in a terminal, cutting and padding. ASCII takes the quick path; everything else is measured by code point. */
import { eastAsianWidth } from 'get-east-asian-width'
import { asWord } from '../protocol/shell-quote.ts'

const ZERO = /\p{Mark}|\u200B|\u200D|\uFE0F/u
const ASCII = /^[\x20-\x7e]*$/

const pointWidth = (point: string): number => (ZERO.test(point) ? 0 : eastAsianWidth(point.codePointAt(0)!))

/** In columns; control characters are expected to be gone (see `clean`). */
export function displayWidth(text: string): number {
  if (ASCII.test(text)) return text.length
  let width = 0
  for (const point of text) width += pointWidth(point)
  return width
}

/** At most `width` columns; `…` shows a cut. */
export function cutToWidth(text: string, width: number): string {
  if (displayWidth(text) <= width) return text
  if (width <= 0) return ''
  let used = 0
  let kept = ''
  for (const point of text) {
    const next = pointWidth(point)
    if (used + next > width - 1) break
    used += next
    kept += point
  }
  return `${kept}…`
}

export const padTo = (text: string, width: number, align: 'left' | 'right' = 'left'): string => {
  const gap = ' '.repeat(Math.max(0, width - displayWidth(text)))
  return align === 'right' ? gap + text : text + gap
}

/** Texts come from programs: escape sequences, control characters and direction changes must not reach the terminal. */
export function clean(text: string): string {
  return text.replace(/[\t\r\n]+/g, ' ').replace(/[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, '\u00b7')
}

/** As a sentence begins. */
export const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/** A command line that a shell would read back the same; for people, not for running. */
export function quoteCommand(command: readonly string[]): string {
  return command.map(asWord).map(clean).join(' ')
}
