/** Panels on the screen: a frame, or on small terminals a line with the title; and many panels as one picture. */
import sliceAnsi from 'slice-ansi'
import type { Box, Panel } from '../layout.ts'
import { cut, toWidth, widthOf } from '../text.ts'
import type { Theme } from '../theme.ts'

export interface Drawn {
  box: Box
  lines: readonly string[]
}

export interface Titles {
  title: string
  /** At the other end of the line. */
  note?: string
  /** In the lower edge of a frame. */
  foot?: string
  focused?: boolean
}

/** `─ title ────── note ─`, exactly as wide; the title gives way last. */
function rule(
  theme: Theme,
  { title, note = '', focused = false }: Titles,
  width: number,
  ends: readonly [string, string],
): string {
  const paint = focused ? theme.accent : theme.dim
  const room = width - 2
  if (room < 1) return paint(theme.horizontal.repeat(Math.max(0, width)))
  const shown = cut(title, room - 4, theme.ellipsis)
  const head = shown === '' ? '' : ` ${shown} `
  const left = room - widthOf(head) - 2
  const said = note === '' || left < 8 ? '' : ` ${cut(note, left - 2, theme.ellipsis)} `
  const line = theme.horizontal.repeat(Math.max(0, room - 2 - widthOf(head) - widthOf(said)))
  const edge = theme.horizontal.repeat(Math.min(1, room))
  return `${paint(ends[0] + edge)}${focused ? theme.accent(theme.bold(head)) : theme.bold(head)}${paint(line)}${said}${paint((room > 1 ? edge : '') + ends[1])}`
}

/** Lines that are too many are left out, those that are missing are blank. */
export function panel(theme: Theme, { outer, inner, framed }: Panel, titles: Titles, lines: readonly string[]): Drawn {
  const wide = (line: string): string => toWidth(line, inner.width, 'left', theme.ellipsis)
  const rows = Array.from({ length: Math.max(0, inner.height) }, (_, row) => wide(lines[row] ?? ''))
  if (!framed) return { box: outer, lines: [rule(theme, titles, outer.width, [theme.horizontal, theme.horizontal]), ...rows] }
  const [topLeft, topRight, bottomLeft, bottomRight] = theme.corners
  const paint = titles.focused ? theme.accent : theme.dim
  const side = paint(theme.vertical)
  const foot = titles.foot === undefined ? '' : ` ${cut(titles.foot, outer.width - 6, theme.ellipsis)} `
  const below = theme.horizontal.repeat(Math.max(0, outer.width - 3 - widthOf(foot)))
  return {
    box: outer,
    lines: [
      rule(theme, titles, outer.width, [topLeft, topRight]),
      ...rows.map((row) => side + row + side),
      paint(bottomLeft + below) + theme.dim(foot) + paint(theme.horizontal + bottomRight),
    ],
  }
}

/** Panels side by side and below each other, which do not overlap. */
export function compose(panels: readonly Drawn[], columns: number, rows: number): string[] {
  const lines: string[] = []
  for (let row = 0; row < rows; row++) {
    let line = ''
    let at = 0
    const here = panels.filter(({ box }) => row >= box.top && row < box.top + box.height).sort((a, b) => a.box.left - b.box.left)
    for (const { box, lines: drawn } of here) {
      line += ' '.repeat(Math.max(0, box.left - at)) + (drawn[row - box.top] ?? ' '.repeat(box.width))
      at = box.left + box.width
    }
    lines.push(line + ' '.repeat(Math.max(0, columns - at)))
  }
  return lines
}

/** A panel above the others: what lies beside it stays visible. */
export function overlay(lines: readonly string[], { box, lines: drawn }: Drawn, columns: number): string[] {
  return lines.map((line, row) => {
    const over = drawn[row - box.top]
    if (row < box.top || over === undefined || row >= box.top + box.height) return line
    const before = toWidth(sliceAnsi(line, 0, box.left), box.left, 'left', '')
    const after = toWidth(sliceAnsi(line, box.left + box.width), columns - box.left - box.width, 'left', '')
    return `${before}\x1b[0m${over}\x1b[0m${after}`
  })
}
