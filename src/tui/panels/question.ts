/** A question above everything else: what it would do, and the keys that answer it. */
import wrapAnsi from 'wrap-ansi'
import type { Panel } from '../layout.ts'
import type { Model } from '../model.ts'
import { widthOf } from '../text.ts'
import { type Drawn, panel } from './frame.ts'

const WIDTH = 66

export function drawQuestion(model: Model): Drawn | null {
  const { confirm, columns, rows, theme } = model
  if (confirm === null) return null
  const width = Math.min(WIDTH, columns - (columns > 30 ? 4 : 0))
  const room = Math.max(1, width - 4)
  const wrapped = (text: string): string[] => wrapAnsi(text, room, { hard: true }).split('\n')
  const answers =
    confirm.number === null
      ? `${theme.accent(theme.bold('y'))} ${confirm.yes}    ${theme.accent(theme.bold('n'))} ${theme.accent(theme.bold('Esc'))} ${confirm.no}`
      : `type ${theme.bold(confirm.number)} and Enter: ${confirm.typed}${theme.inverse(' ')}   ${theme.accent(theme.bold('Esc'))} ${confirm.no}`
  // The answers stay in sight on the smallest terminal.
  const most = Math.max(0, rows - 6)
  const said = confirm.lines.flatMap(wrapped).slice(0, most)
  const lines = [
    ...said,
    ...(said.length > 0 && rows > 10 ? [''] : []),
    ...(widthOf(answers) > room ? wrapped(answers) : [answers]),
  ]
  const height = Math.min(rows, lines.length + 2)
  const outer = {
    top: Math.max(0, Math.floor((rows - height) / 2) - (rows > 20 ? 2 : 0)),
    left: Math.floor((columns - width) / 2),
    height,
    width,
  }
  const at: Panel = {
    outer,
    framed: true,
    inner: { top: outer.top + 1, left: outer.left + 1, height: Math.max(0, height - 2), width: Math.max(0, width - 2) },
  }
  return panel(
    theme,
    at,
    { title: confirm.title, focused: true },
    lines.map((line) => ` ${line}`),
  )
}
