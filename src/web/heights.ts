/** Where the rows of a long list are, in px, so that only those in sight need to be drawn. */
export interface Heights {
  readonly count: number
  readonly total: number
  /** The upper edge of a row; the end of all for `count`. */
  top(index: number): number
  /** The row at a place; the nearest where there is none. */
  at(px: number): number
}

export const evenHeights = (count: number, rowPx: number): Heights => ({
  count,
  total: count * rowPx,
  top: (index) => index * rowPx,
  at: (px) => Math.max(0, Math.min(count - 1, Math.floor(px / rowPx))),
})

/** Each row with a height of its own. */
export function ownHeights(count: number, heightOf: (index: number) => number): Heights {
  const tops = new Float64Array(count + 1)
  for (let index = 0; index < count; index++) tops[index + 1] = tops[index]! + heightOf(index)
  return {
    count,
    total: tops[count]!,
    top: (index) => tops[index]!,
    at: (px) =>
      Math.max(
        0,
        firstIndex(count, (index) => tops[index + 1]! > px, count - 1),
      ),
  }
}

/** The first of `count` for which `isSo` holds, where it holds for all behind that one too; else `none`. */
export function firstIndex(count: number, isSo: (index: number) => boolean, none: number): number {
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >> 1
    if (isSo(middle)) high = middle
    else low = middle + 1
  }
  return low === count ? none : low
}
