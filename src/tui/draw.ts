/** The whole picture: a pure function of the model. Lines have exactly the screen's width, and only our own colours. */
import { isTooSmall, type Layout, LEAST, layoutOf } from './layout.ts'
import type { Model } from './model.ts'
import { drawDetails } from './panels/details.ts'
import { drawFleet } from './panels/fleet.ts'
import { drawFoot, withNotice } from './panels/foot.ts'
import { compose, type Drawn, overlay } from './panels/frame.ts'
import { drawHead } from './panels/head.ts'
import { drawHelp } from './panels/help.ts'
import { drawList } from './panels/list.ts'
import { drawLog } from './panels/log.ts'
import { drawOrphans } from './panels/orphans.ts'
import { drawQuestion } from './panels/question.ts'
import { drawTimeline } from './panels/timeline.ts'
import { selectedView } from './rows.ts'
import { toWidth, widthOf } from './text.ts'
import { faded } from './theme.ts'

/** While the daemon is away the last views stay as they were then: no time goes by, and of a state its form remains, not its colour. */
const asOfThen = (model: Model): Model =>
  model.awaySinceMs === null || !model.loaded ? model : { ...model, nowMs: model.awaySinceMs, theme: faded(model.theme) }

function bodyOf(model: Model, layout: Layout): Drawn[] {
  const { body, list, log, details } = layout
  switch (model.place) {
    case 'orphans':
      return [drawOrphans(model, body)]
    case 'fleet':
      return [drawFleet(model, body)]
    case 'help':
      return [drawHelp(model, body)]
    case 'timeline':
      return [drawTimeline(model, body)]
    default:
      return [
        ...(list === null ? [] : [drawList(model, list)]),
        ...(details === null ? [] : [drawDetails(model, details, selectedView(model))]),
        ...(log === null ? [] : [drawLog(model, log)]),
      ]
  }
}

function tooSmall({ columns, rows }: Model): string[] {
  const words = [`${columns}x${rows}: too small`, `${LEAST.columns}x${LEAST.rows} at least`]
  return Array.from({ length: rows }, (_, row) => toWidth(words[row] ?? '', columns, 'left', ''))
}

export function draw(model: Model): string[] {
  const { columns, rows } = model
  if (columns < 1 || rows < 1) return []
  if (isTooSmall(model)) return tooSmall(model)
  const layout = layoutOf(model)
  const panels = [...drawHead(model, layout), ...bodyOf(asOfThen(model), layout)]
  const composed = withNotice(model, compose(panels, columns, rows - 1))
  const question = drawQuestion(model)
  const lines = [...(question === null ? composed : overlay(composed, question, columns)), drawFoot(model)]
  return lines.slice(0, rows).map((line) => (widthOf(line) === columns ? line : toWidth(line, columns, 'left', '')))
}
