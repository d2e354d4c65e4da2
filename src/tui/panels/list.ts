/** The list of processes in its groups: visible rows only. */
import { counted } from '../../words/short.ts'
import type { Panel } from '../layout.ts'
import { layoutOf } from '../layout.ts'
import type { Model } from '../model.ts'
import { found, groupingOf, isGrouped, listed } from '../rows.ts'
import { plain, toWidth } from '../text.ts'
import { columnsOf } from './columns.ts'
import { type Drawn, panel } from './frame.ts'

function emptyLines(model: Model): string[] {
  const { theme } = model
  if (!model.loaded) return [theme.dim('connecting')]
  if (model.views.size === 0)
    return [
      'no processes yet; from a shell:',
      `${theme.bold('ptrack start -- COMMAND')}   a service, which is kept running`,
      `${theme.bold('ptrack run -- COMMAND')}     a job, which has an end`,
      `${theme.bold('ptrack up')}                 all that a ptrack.yaml here defines`,
    ]
  if (model.words !== '') return [theme.dim(`no process contains ${plain(model.words)}; Esc clears the filter`)]
  return [theme.dim('no process is as asked for; `a` shows jobs that ended long ago')]
}

/** `gpu  2 of 2 slots, 3 wait`: below the rows, where there is room. */
function queueLines({ views, theme }: Model, room: number): string[] {
  const queues = new Map<string, { value: number; waiting: number }>()
  for (const { queue } of views.values()) {
    if (queue?.limit == null || queue.value === null) continue
    const before = queues.get(queue.limit)
    queues.set(queue.limit, { value: queue.value, waiting: (before?.waiting ?? 0) + 1 })
  }
  if (queues.size === 0 || room < queues.size + 1) return []
  const lines = [...queues].map(
    ([limit, { value, waiting }]) =>
      `   ${toWidth(plain(limit), 16, 'left', theme.ellipsis)} ${theme.wait.repeat(Math.min(waiting, 20))} ${counted(value, 'slot')}, ${waiting} ${waiting === 1 ? 'waits' : 'wait'}`,
  )
  return ['', `   ${theme.bold('Queues')}`, ...lines]
}

const clock = (ms: number): string => new Date(ms).toTimeString().slice(0, 8)

export function orderWords(model: Model): string {
  const { sort, reversed, marked, words, filter, theme } = model
  const by = groupingOf(model)
  return [
    ...(marked.size === 0 ? [] : [theme.accent(`${marked.size} marked`)]),
    ...(words === '' ? [] : [theme.accent(`with "${plain(words)}"`)]),
    ...(filter.targets?.length ? [theme.accent(plain(filter.targets.join(' ')))] : []),
    ...(isGrouped(model) ? [theme.dim(`by ${by}`)] : []),
    theme.dim(`${sort === 'status' ? 'worst first' : `by ${sort}`}${reversed ? ', turned round' : ''}`),
  ].join(theme.dim(', '))
}

export function drawList(model: Model, at: Panel): Drawn {
  const { theme, awaySinceMs, views } = model
  const shown = found(model).length
  const rows = listed(model)
  const { inner } = at
  // A blank before the frame.
  const { columns, gap } = columnsOf(model, inner.width - (at.framed ? 1 : 0))
  const space = ' '.repeat(gap)
  const lines: string[] = []
  if (at.framed) {
    // The column that the order comes from stands out, without colours too.
    const heads = columns.map(({ key, sort, title, width, align }) =>
      (sort === model.sort ? theme.bold : theme.dim)(toWidth(key === 'name' ? `   ${title}` : title, width, align, '')),
    )
    lines.push(heads.join(space))
  }
  const height = layoutOf(model).rows?.height ?? 0
  if (rows.length === 0) lines.push(...emptyLines(model).map((line) => `  ${line}`))
  for (const row of rows.slice(model.top, model.top + height)) {
    const cells = columns.map(({ width, align, cell }) => toWidth(cell(row, width), width, align, theme.ellipsis)).join(space)
    const line = toWidth(cells, inner.width, 'left', theme.ellipsis)
    lines.push(row.key === model.selected && model.focus === 'list' ? theme.chosen(line) : line)
  }
  if (at.framed) lines.push(...queueLines(model, height - Math.max(1, rows.length) - 1))
  const count = rows.length === 0 ? 0 : model.selectedIndex + 1
  const title =
    awaySinceMs === null
      ? `Processes ${shown === views.size ? shown : `${shown} of ${views.size}`}`
      : `Processes, as of ${clock(awaySinceMs)}`
  return panel(
    theme,
    at,
    {
      title,
      note: orderWords(model),
      foot: rows.length > height ? `${count} of ${rows.length}` : undefined,
      focused: model.focus === 'list',
    },
    lines,
  )
}
