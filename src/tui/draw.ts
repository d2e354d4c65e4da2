/** The whole picture: a pure function of the model. Lines have exactly the screen's width, and only our own colours. */
import wrapAnsi from 'wrap-ansi'
import { formatDuration } from '../protocol/duration.ts'
import { STATES, type State, stateOf } from '../words/states.ts'
import { BINDINGS, keyWords, type Place } from './bindings.ts'
import { drawDetails } from './details.ts'
import { layoutOf } from './layout.ts'
import { drawLog } from './log-pane.ts'
import type { Model } from './model.ts'
import { drawHelp, drawOrphans } from './panels.ts'
import { listed } from './rows.ts'
import { drawTable } from './table.ts'
import { cut, plain, toWidth, widthOf } from './text.ts'

/** For an error longer than a line. */
const NOTICE_LINES = 4

function daemonWords(model: Model): string {
  const { theme, awaySinceMs, nowMs, loaded } = model
  if (awaySinceMs === null) return loaded ? theme.good('live') : theme.dim('connecting')
  const lasted = formatDuration(Math.floor(Math.max(0, nowMs - awaySinceMs) / 1000) * 1000)
  return theme.bad(
    `${loaded ? 'daemon gone, reconnecting' : 'no daemon yet, waiting'} (${lasted === '0ms' ? '0s' : lasted.replace('.0s', 's')})`,
  )
}

function counts(model: Model): string[] {
  const { theme } = model
  const found = new Map<State, number>()
  for (const view of listed(model)) found.set(stateOf(view), (found.get(stateOf(view)) ?? 0) + 1)
  // Worst first: the end is cut where there is no room.
  return (Object.keys(STATES) as State[])
    .filter((state) => found.has(state))
    .map((state) => theme.hue(STATES[state].hue)(`${found.get(state)} ${STATES[state].word}`))
}

/** Narrower, the time would displace more important things. */
const CLOCK_FROM = 40

function drawHeader(model: Model): string {
  const { theme, columns, words, filter } = model
  const total = listed(model).length
  const listRows = (layoutOf(model).list?.height ?? 0) - 1
  // The position in the list, once it does not fit.
  const place = model.place === 'list' && listRows > 0 && total > listRows ? `${model.selectedIndex + 1}/` : ''
  const left = [
    theme.title('ptrack') + (model.remote === null ? '' : theme.bold(` @${plain(model.remote)}`)),
    `${place}${total} ${total === 1 ? 'process' : 'processes'}`,
  ]
  const filtered = [
    ...(words === '' ? [] : [`filter: ${plain(words)}`]),
    ...(filter.targets?.length ? [plain(filter.targets.join(' '))] : []),
  ]
  const clock = new Date(model.nowMs).toTimeString().slice(0, 8)
  const right = columns < CLOCK_FROM ? daemonWords(model) : `${daemonWords(model)}  ${theme.dim(clock)}`
  const room = columns - widthOf(right) - 2
  const head = left.join('  ') + (filtered.length ? theme.busy(`  [${filtered.join(', ')}]`) : '')
  const sums = counts(model)
  const text = sums.length > 0 ? `${head}  ${sums.join(theme.dim(', '))}` : head
  return toWidth(`${toWidth(text, Math.max(0, room), 'left', theme.ellipsis)}  ${right}`, columns, 'left', theme.ellipsis)
}

function keysLine(model: Model, place: Place): string {
  const { theme, columns } = model
  let line = ''
  // Help and quit have priority: the rest is in the help.
  const shown = BINDINGS.filter(
    ({ command, short, places }) => short !== undefined && places.includes(place) && !(command === 'back' && place === 'list'),
  )
  const sure = shown.filter(({ command }) => command === 'help' || command === 'quit' || command === 'back')
  const words = ({ keys, short }: (typeof shown)[number]): string => `${theme.bold(keyWords(keys[0]!))} ${theme.dim(short!)}`
  const end = sure.map(words).join('  ')
  for (const binding of shown) {
    if (sure.includes(binding)) continue
    const next = `${words(binding)}  `
    if (widthOf(line) + widthOf(next) + widthOf(end) > columns - 1) break
    line += next
  }
  return line + end
}

function drawFooter(model: Model): string {
  const { theme, columns, prompt, confirm } = model
  if (confirm)
    return toWidth(`${theme.bad(cut(confirm.question, columns - 16, theme.ellipsis))}  ${keysLine(model, 'confirm')}`, columns)
  if (prompt) {
    const label = prompt.kind === 'words' ? 'filter: ' : 'search the log: '
    const room = Math.max(4, columns - label.length - 30)
    // The end of the input stays visible.
    const points = [...plain(prompt.text)]
    while (widthOf(points.join('')) > room) points.shift()
    return toWidth(
      `${theme.title(label)}${points.join('')}${theme.inverse(' ')}  ${theme.dim('Enter takes it, Esc clears')}`,
      columns,
      'left',
      '',
    )
  }
  return toWidth(keysLine(model, model.place), columns, 'left', '')
}

export function draw(model: Model): string[] {
  const { columns, rows, theme } = model
  if (columns < 1 || rows < 1) return []
  const { body, list, log, beside } = layoutOf(model)
  const blank = ' '.repeat(columns)
  const middle: string[] = []
  if (model.place === 'details') middle.push(...drawDetails(model, body))
  else if (model.place === 'orphans') middle.push(...drawOrphans(model, body))
  else if (model.place === 'help') middle.push(...drawHelp(model, body))
  else if (beside && list && log) {
    const left = drawTable(model, list)
    const right = drawLog(model, log)
    for (let row = 0; row < body.height; row++)
      middle.push(`${left[row] ?? ' '.repeat(list.width)}${theme.dim(theme.vertical)}${right[row] ?? ' '.repeat(log.width)}`)
  } else {
    if (list) {
      const lines = drawTable(model, list)
      middle.push(...lines, ...Array.from({ length: list.height - lines.length }, () => blank))
    }
    if (log) middle.push(...drawLog(model, log))
  }
  const lines = [drawHeader(model), ...middle.slice(0, body.height)]
  while (lines.length < rows - 1) lines.push(blank)
  if (model.notice) {
    const { text, bad } = model.notice
    const said = wrapAnsi(text, Math.max(1, columns - 2), { hard: true })
      .split('\n')
      .slice(0, NOTICE_LINES)
    // Over the end of the body, which stays in place.
    const at = Math.max(1, lines.length - said.length)
    said.forEach((line, index) => {
      const padded = toWidth(` ${line}`, columns, 'left', theme.ellipsis)
      lines[Math.min(at + index, Math.max(0, rows - 2))] = bad ? theme.bad(padded) : theme.inverse(padded)
    })
  }
  if (rows > 1) lines.push(drawFooter(model))
  return lines.slice(0, rows).map((line) => (widthOf(line) === columns ? line : toWidth(line, columns, 'left', '')))
}
