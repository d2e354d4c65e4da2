/** The layout, for drawing and for the mouse. Rows and columns count from 0. */
import type { Model } from './model.ts'
import { listed, needing } from './rows.ts'

export interface Box {
  top: number
  left: number
  height: number
  width: number
}

export interface Panel {
  outer: Box
  /** Without its frame, or the line with its title. */
  inner: Box
  framed: boolean
}

export interface Layout {
  /** One line, or panels of their own. */
  head: Box
  /** Between the head and the keys. */
  body: Panel
  machine: Panel | null
  needs: Panel | null
  list: Panel | null
  /** Rows of the list, without the heads of its columns. */
  rows: Box | null
  log: Panel | null
  details: Panel | null
}

/** Smaller, nothing could be read. */
export const LEAST = { columns: 20, rows: 4 }
const FRAMED = { columns: 100, rows: 20 }
const TALL_ROWS = 32
const WIDE = { columns: 160, rows: 40 }
const LIST_SHARE = 0.6
const BESIDE_SHARE = 0.62
const DETAILS_SHARE = 0.62
const LIST_LEAST = 6
const LOG_LEAST = 4
const DETAILS_LEAST = 30
const NEEDS_MOST = 6

const cache = new WeakMap<Model, Layout>()

export function layoutOf(model: Model): Layout {
  const known = cache.get(model)
  if (known) return known
  const made = makeLayout(model)
  cache.set(model, made)
  return made
}

function makeLayout(model: Model): Layout {
  const { columns, rows, place, logMode } = model
  const framed = columns >= FRAMED.columns && rows >= FRAMED.rows
  const isWide = columns >= WIDE.columns && rows >= WIDE.rows
  const inset = framed ? 1 : 0
  const panel = (outer: Box): Panel => ({
    outer,
    framed,
    inner: framed
      ? { top: outer.top + 1, left: outer.left + 1, height: Math.max(0, outer.height - 2), width: Math.max(0, outer.width - 2) }
      : { ...outer, top: outer.top + 1, height: Math.max(0, outer.height - 1) },
  })
  const bigHead = place === 'list' && isWide
  const needs = bigHead ? Math.min(NEEDS_MOST, Math.max(4, needing(model).length)) : 0
  const headHeight = bigHead ? needs + 2 : place === 'list' && framed && rows >= TALL_ROWS ? 3 : 1
  const head: Box = { top: 0, left: 0, height: Math.min(headHeight, rows), width: columns }
  const all: Box = { top: head.height, left: 0, height: Math.max(0, rows - head.height - 1), width: columns }
  const layout: Layout = {
    head,
    body: panel(all),
    machine: null,
    needs: null,
    list: null,
    rows: null,
    log: null,
    details: null,
  }
  if (bigHead) {
    const half = Math.floor(columns / 2)
    layout.machine = panel({ ...head, width: half })
    layout.needs = panel({ ...head, left: half, width: columns - half })
  } else if (head.height === 3) layout.machine = panel(head)
  const place2 = (list: Box | null, log: Box | null, details: Box | null = null): Layout => {
    const made: Layout = {
      ...layout,
      list: list && panel(list),
      log: log && panel(log),
      details: details && panel(details),
    }
    if (made.list) {
      const { inner } = made.list
      made.rows = { ...inner, top: inner.top + inset, height: Math.max(0, inner.height - inset) }
    }
    return made
  }
  const split = (box: Box, first: number): [Box, Box] => [
    { ...box, height: first },
    { ...box, top: box.top + first, height: box.height - first },
  ]
  const beside = (box: Box): [Box, Box] => {
    const width = Math.floor(box.width * BESIDE_SHARE)
    return [
      { ...box, width },
      { ...box, left: box.left + width, width: box.width - width },
    ]
  }
  if (place === 'logs') return place2(null, all)
  if (place === 'details') {
    if (logMode === 'off' || !framed) return place2(null, null, all)
    if (columns >= WIDE.columns) {
      const [left, right] = beside(all)
      return place2(null, right, left)
    }
    if (all.height < DETAILS_LEAST) return place2(null, null, all)
    const [above, below] = split(all, Math.floor(all.height * DETAILS_SHARE))
    return place2(null, below, above)
  }
  if (place !== 'list') return layout
  if (logMode === 'alone') return place2(null, all)
  if (columns >= WIDE.columns) {
    const [left, right] = beside(all)
    if (logMode === 'off') return place2(left, null, right)
    if (right.height < DETAILS_LEAST) return place2(left, right)
    const [above, below] = split(right, Math.floor(right.height * DETAILS_SHARE))
    return place2(left, below, above)
  }
  const chrome = framed ? 3 : 1
  const least = { list: LIST_LEAST + chrome - 1, log: LOG_LEAST + chrome - 1 }
  if (logMode === 'off' || all.height < least.list + least.log) return place2(all, null)
  // A short list leaves its room to the log.
  const most = Math.min(Math.ceil(all.height * LIST_SHARE), all.height - least.log)
  const height = Math.max(least.list, Math.min(most, listed(model).length + chrome))
  const [list, log] = split(all, height)
  return place2(list, log)
}

export const isTooSmall = ({ columns, rows }: Pick<Model, 'columns' | 'rows'>): boolean =>
  columns < LEAST.columns || rows < LEAST.rows

/** The first row of a list that keeps the selected one visible. */
export function scrolled(top: number, selected: number, height: number, count: number): number {
  const least = Math.max(0, selected - height + 1)
  const most = Math.max(0, Math.min(selected, count - height))
  return Math.min(Math.max(top, least), Math.max(least, most))
}
