/** The last line: the keys that the selected process takes now, or what is being typed; and notices above it. */
import wrapAnsi from 'wrap-ansi'
import { footerKeys, type Key } from '../applies.ts'
import { fleetIndex, fleetLines } from '../fleet.ts'
import type { Model } from '../model.ts'
import { listed } from '../rows.ts'
import { plain, toWidth, widthOf } from '../text.ts'

/** For an error longer than a line. */
const NOTICE_LINES = 4
const LAST: ReadonlySet<string> = new Set(['back', 'help', 'quit'])

export interface PlacedKey extends Key {
  left: number
  width: number
}

/** Where each key stands: help and quit at the end of them whatever the room, since the rest is in the help. */
export function placedKeys(model: Model): PlacedKey[] {
  const keys = footerKeys(model)
  const widthOfKey = ({ key, word }: Key): number => widthOf(key) + 1 + widthOf(word)
  const last = keys.filter(({ command }) => LAST.has(command))
  const lastWidth = last.reduce((sum, key) => sum + widthOfKey(key) + 2, 0)
  const placed: PlacedKey[] = []
  let left = model.columns < 40 ? 0 : 1
  const put = (key: Key): void => {
    placed.push({ ...key, left, width: widthOfKey(key) })
    left += widthOfKey(key) + 2
  }
  for (const key of keys) {
    if (last.includes(key)) continue
    if (left + widthOfKey(key) + 2 + lastWidth > model.columns - 1) break
    put(key)
  }
  last.forEach(put)
  return placed
}

const placeOf = (index: number, count: number): string => (count === 0 ? '' : `${index + 1} of ${count}`)

function positionWords(model: Model): string {
  if (model.place === 'fleet') return placeOf(fleetIndex(model), fleetLines(model).length)
  return model.place === 'list' || model.place === 'timeline' ? placeOf(model.selectedIndex, listed(model).length) : ''
}

export function drawFoot(model: Model): string {
  const { theme, columns, prompt, awaySinceMs, confirm } = model
  if (prompt) {
    const label = prompt.kind === 'words' ? 'filter: ' : 'search the log: '
    const room = Math.max(4, columns - label.length - 30)
    // The end of the input stays visible.
    const points = [...plain(prompt.text)]
    while (widthOf(points.join('')) > room) points.shift()
    const typed = `${theme.accent(label)}${points.join('')}${theme.inverse(' ')}  ${theme.dim('Enter takes it, Esc clears')}`
    return toWidth(typed, columns, 'left', '')
  }
  if (awaySinceMs !== null && confirm === null && model.place === 'list') {
    const words = model.loaded
      ? ' The daemon is away; trying again. Programs go on. Actions wait.'
      : ' There is no daemon yet; waiting for one.'
    const room = columns - 8
    return toWidth(
      `${theme.bold(toWidth(words, Math.max(0, Math.min(room, widthOf(words))), 'left', theme.ellipsis))} ${theme.bold('q')} ${theme.dim('quit')}`,
      columns,
      'left',
      '',
    )
  }
  let line = ''
  for (const { key, word, left } of placedKeys(model))
    line += `${' '.repeat(Math.max(0, left - widthOf(line)))}${theme.accent(theme.bold(key))} ${theme.dim(word)}`
  const position = positionWords(model)
  const gap = columns - widthOf(line) - widthOf(position) - 1
  return toWidth(gap < 2 ? line : `${line}${' '.repeat(gap)}${theme.dim(position)} `, columns, 'left', '')
}

/** Over the end of what is above the keys, which stays in place. */
export function withNotice(model: Model, lines: readonly string[]): readonly string[] {
  const { notice, columns, rows, theme } = model
  if (notice === null) return lines
  const said = wrapAnsi(notice.text, Math.max(1, columns - 2), { hard: true })
    .split('\n')
    .slice(0, NOTICE_LINES)
  const at = Math.max(1, rows - 1 - said.length)
  const shown = [...lines]
  said.forEach((line, index) => {
    const padded = toWidth(` ${line}`, columns, 'left', theme.ellipsis)
    const row = Math.min(at + index, Math.max(0, rows - 2))
    shown[row] = notice.bad ? theme.bad(padded) : theme.inverse(padded)
  })
  return shown
}
