/** What processes left behind, with the evidence of the selected one. */
import wrapAnsi from 'wrap-ansi'
import { agoWords } from '../../words/short.ts'
import { type Box, type Panel, scrolled } from '../layout.ts'
import type { Model } from '../model.ts'
import { plain, toWidth } from '../text.ts'
import { type Drawn, panel } from './frame.ts'

/** The heads of the columns above; below, a blank line and the facts of the selected one. */
const ABOVE = 1
const EVIDENCE = 5

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

function lines(model: Model, box: Box): string[] {
  const { theme, orphans, nowMs } = model
  if (orphans === null) return [` ${theme.dim('looking')}`]
  if (orphans.length === 0) return [' Nothing was left behind, and nothing holds a port of a process.']
  const process = Math.min(24, Math.max(7, ...orphans.map((one) => plain(one.process ?? '').length)))
  const row = (pid: string, kind: string, name: string, since: string, command: string): string =>
    `${toWidth(pid, 8, 'right')}  ${toWidth(kind, 8)}  ${toWidth(name, process, 'left', theme.ellipsis)}  ${toWidth(since, 9, 'right')}  ${command}`
  const top = model.orphanTop
  const listed = orphans.slice(top, top + orphanRows(box)).map((one, index) => {
    const isSelected = top + index === model.orphanSelected
    const since = one.since === '' ? '' : agoWords(one.since, nowMs)
    const text = row(String(one.pid), one.kind, plain(one.process ?? ''), since, plain(one.command))
    const line = toWidth(`${isSelected ? theme.accent(theme.selected) : ' '}${text}`, box.width, 'left', theme.ellipsis)
    return isSelected ? theme.chosen(line) : line
  })
  const one = orphans[model.orphanSelected]
  const facts =
    one === undefined
      ? []
      : [
          '',
          ...[
            `${theme.bold(`pid ${one.pid}`)}: ${plain(one.evidence)}`,
            ...(one.ports.length === 0 ? [] : [`listens on ${one.ports.join(', ')}`]),
            theme.dim('It is ended only as what is seen here: never by its name, and never another program with the same pid.'),
          ].flatMap((fact) =>
            wrapAnsi(fact, Math.max(1, box.width - 4), { hard: true })
              .split('\n')
              .map((line) => `  ${line}`),
          ),
        ]
  return [theme.dim(` ${row('pid', 'kind', 'process', 'since', 'command')}`), ...listed, ...facts]
}

export function drawOrphans(model: Model, at: Panel): Drawn {
  const { theme, orphans, orphansAtMs, nowMs } = model
  const looked = orphans === null ? '' : theme.dim(`looked ${agoWords(new Date(orphansAtMs).toISOString(), nowMs)}`)
  const title = orphans === null || orphans.length === 0 ? 'Orphans' : `Orphans ${orphans.length}`
  return panel(theme, at, { title, note: looked, focused: true }, lines(model, at.inner))
}
