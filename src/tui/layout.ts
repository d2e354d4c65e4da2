/** The layout, for drawing and for the mouse. Rows and columns count from 0. */
import type { Model } from './model.ts'
import { listed } from './rows.ts'

export interface Box {
  top: number
  left: number
  height: number
  width: number
}

export interface Layout {
  body: Box
  list: Box | null
  log: Box | null
  beside: boolean
}

const BESIDE_FROM = 160
const LIST_SHARE = 0.6
const BESIDE_SHARE = 0.64
const LIST_LEAST = 6
const LOG_LEAST = 4

export function layoutOf(model: Model): Layout {
  const { columns, rows } = model
  const body: Box = { top: 1, left: 0, height: Math.max(0, rows - 2), width: columns }
  const only = (list: Box | null, log: Box | null): Layout => ({ body, list, log, beside: false })
  if (model.place !== 'list') return only(null, null)
  if (model.logMode === 'alone') return only(null, body)
  if (model.logMode === 'off') return only(body, null)
  if (columns >= BESIDE_FROM) {
    const width = Math.floor(columns * BESIDE_SHARE)
    return {
      body,
      list: { ...body, width },
      log: { ...body, left: width + 1, width: columns - width - 1 },
      beside: true,
    }
  }
  if (body.height < LIST_LEAST + LOG_LEAST) return only(body, null)
  // A short list leaves its room to the log.
  const most = Math.min(Math.ceil(body.height * LIST_SHARE), body.height - LOG_LEAST)
  const height = Math.max(LIST_LEAST, Math.min(most, listed(model).length + 1))
  return only({ ...body, height }, { ...body, top: body.top + height, height: body.height - height })
}

/** The first row of a list that keeps the selected one visible. */
export function scrolled(top: number, selected: number, height: number, count: number): number {
  const least = Math.max(0, selected - height + 1)
  const most = Math.max(0, Math.min(selected, count - height))
  return Math.min(Math.max(top, least), Math.max(least, most))
}
