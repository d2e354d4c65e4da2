/** The orphans and the keys: pages in place of the list. */
import { BINDINGS, keyWords } from './bindings.ts'
import type { Box } from './layout.ts'
import { scrolled } from './layout.ts'
import type { Model } from './model.ts'
import { plain, toWidth } from './text.ts'

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
  const height = Math.max(1, Math.floor((box.height - 2) / 1) - 3)
  const top = scrolled(0, model.orphanSelected, height, orphans.length)
  orphans.slice(top, top + height).forEach((one, index) => {
    const isSelected = top + index === model.orphanSelected
    const text = `${isSelected ? theme.pointer : ' '} ${toWidth(String(one.pid), 8, 'right')}  ${toWidth(one.kind, 8)}  ${toWidth(plain(one.process ?? '-'), process, 'left', theme.ellipsis)}  ${plain(one.command)}`
    lines.push(isSelected ? theme.inverse(wide(text)) : wide(text))
  })
  const chosen = orphans[model.orphanSelected]
  if (chosen) lines.push('', wide(`  ${theme.bold(`pid ${chosen.pid}`)}: ${plain(chosen.evidence)}`))
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
