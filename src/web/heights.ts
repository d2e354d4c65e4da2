/** Positions of the rows of a long list, in px, so that only visible ones are drawn. */
export interface Heights {
  readonly count: number
  readonly total: number
  /** The upper edge of a row; the total height for `count`. */
  top(index: number): number
  at(px: number): number
}

export const evenHeights = (count: number, rowPx: number): Heights => ({
  count,
  total: count * rowPx,
  top: (index) => index * rowPx,
  at: (px) => Math.max(0, Math.min(count - 1, Math.floor(px / rowPx))),
})

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

/** Binary search: the first index from which `isSo` holds; else `none`. */
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
