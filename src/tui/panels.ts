/** The orphans and the help: pages in place of the list. */
import wrapAnsi from 'wrap-ansi'
import { BINDINGS, keyWords } from './bindings.ts'
import type { Box } from './layout.ts'
import { scrolled } from './layout.ts'
import type { Model } from './model.ts'
import { plain, toWidth } from './text.ts'

/** A title and a heading above the orphans; below, a blank line and facts of the selected one. */
const ABOVE = 2
const EVIDENCE = 3

const orphanRows = (box: Box): number => Math.max(1, box.height - ABOVE - 1 - EVIDENCE)

/** The first visible orphan, which keeps the selected one visible. */
export const orphanTop = (model: Model, box: Box): number =>
  scrolled(model.orphanTop, model.orphanSelected, orphanRows(box), model.orphans?.length ?? 0)

/** The orphan on this row of the screen, or null. */
export function orphanAt(model: Model, box: Box, row: number): number | null {
  const at = row - box.top - ABOVE
  const index = model.orphanTop + at
  return at >= 0 && at < orphanRows(box) && index < (model.orphans?.length ?? 0) ? index : null
}

export function drawOrphans(model: Model, box: Box): string[] {
  const { theme, orphans } = model
  const wide = (text: string): string => toWidth(text, box.width, 'left', theme.ellipsis)
  const lines = [
    wide(theme.title(`${theme.horizontal.repeat(2)} orphans: what processes left behind, and what holds their ports`)),
  ]
  if (orphans === null) return [...lines, wide(`  ${theme.dim('looking')}`)]
  if (orphans.length === 0) return [...lines, wide(`  ${theme.dim('no orphans')}`)]
  const process = Math.min(24, Math.max(7, ...orphans.map((one) => (one.process ?? '-').length)))
  lines.push(
    wide(
      theme.dim(
        `  ${toWidth('pid', 8, 'right')}  ${toWidth('kind', 8)}  ${toWidth('process', process)}  command, and why it is listed`,
      ),
    ),
  )
  const top = model.orphanTop
  orphans.slice(top, top + orphanRows(box)).forEach((one, index) => {
    const isSelected = top + index === model.orphanSelected
    const text = `${isSelected ? theme.pointer : ' '} ${toWidth(String(one.pid), 8, 'right')}  ${toWidth(one.kind, 8)}  ${toWidth(plain(one.process ?? '-'), process, 'left', theme.ellipsis)}  ${plain(one.command)}`
    lines.push(isSelected ? theme.inverse(wide(text)) : wide(text))
  })
  const chosen = orphans[model.orphanSelected]
  if (chosen) {
    const evidence = wrapAnsi(`${theme.bold(`pid ${chosen.pid}`)}: ${plain(chosen.evidence)}`, Math.max(1, box.width - 4), {
      hard: true,
    })
    lines.push('', ...evidence.split('\n').map((line) => `  ${line}`))
  }
  return lines.map(wide)
}

export function drawHelp(model: Model, box: Box): string[] {
  const { theme } = model
  const lines = [
    ...BINDINGS.map(({ keys, help }) => `  ${theme.bold(toWidth(keys.map(keyWords).join(' '), 18))}${help}`),
    '',
    `  ${theme.bold(toWidth('mouse', 18))}a click selects, a double click opens details, the wheel moves the list or the log`,
  ]
  const height = box.height - 1
  const top = Math.min(model.helpTop, Math.max(0, lines.length - height))
  const below = lines.length - top - height
  const title = `${theme.horizontal.repeat(2)} keys${below > 0 ? ` (${below} more below)` : ''}`
  return [theme.title(title), ...lines.slice(top, top + height)].map((line) => toWidth(line, box.width, 'left', theme.ellipsis))
}
