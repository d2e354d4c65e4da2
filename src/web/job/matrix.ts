/** Groups of results as rows and columns, with a tint for each value. */
import type { ResultGroup } from '../../protocol/overview.ts'

export interface MatrixCell {
  mean: number
  min: number
  max: number
  count: number
  /** 0 for the least of all, 4 for the most. */
  tint: number
}

export interface MatrixTable {
  columns: string[]
  rows: { name: string; cells: (MatrixCell | null)[] }[]
  /** Groups for which there is no room. */
  left: number
}

const MOST_COLUMNS = 12
const MOST_ROWS = 20
const TINTS = 5

export function matrixOf(groups: readonly ResultGroup[]): MatrixTable {
  const columns = [...new Set(groups.map(({ keys }) => keys[1] ?? ''))].slice(0, MOST_COLUMNS)
  const names = [...new Set(groups.map(({ keys }) => keys[0]))].slice(0, MOST_ROWS)
  const means = groups.map(({ mean }) => mean)
  const [low, high] = [Math.min(...means), Math.max(...means)]
  const tint = (mean: number): number =>
    high === low ? 0 : Math.min(TINTS - 1, Math.floor(((mean - low) / (high - low)) * TINTS))
  let shown = 0
  const rows = names.map((name) => ({
    name,
    cells: columns.map((column): MatrixCell | null => {
      const group = groups.find(({ keys }) => keys[0] === name && (keys[1] ?? '') === column)
      if (group === undefined) return null
      shown++
      const { mean, min, max, count } = group
      return { mean, min, max, count, tint: tint(mean) }
    }),
  }))
  return { columns, rows, left: groups.length - shown }
}
