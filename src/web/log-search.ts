/** Search in a log: each line is searched once; and the marks within a line. */
import type { Span } from './ansi.ts'
import type { HeldLine, LogLines } from './log-lines.ts'

export const searchFor = (wanted: string): RegExp | null =>
  wanted === '' ? null : new RegExp(wanted.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), 'iu')

export class LogSearch {
  hits: number[] = []
  private wanted = ''
  private seen = 0

  /** Searches new lines, or all when the text changed; forgets lines that the log has dropped. */
  update({ lines }: LogLines, wanted: string): void {
    if (wanted !== this.wanted) {
      this.wanted = wanted
      this.hits = []
      this.seen = 0
    }
    const pattern = searchFor(wanted)
    const first = lines[0]?.number
    if (first === undefined) this.hits = []
    if (pattern === null || first === undefined) return
    if (this.hits.length > 0 && this.hits[0]! < first) this.hits = this.hits.filter((number) => number >= first)
    for (let index = Math.max(0, this.seen + 1 - first); index < lines.length; index++)
      if (pattern.test(lines[index]!.plain)) this.hits.push(lines[index]!.number)
    this.seen = lines.at(-1)!.number
  }
}

export interface MarkedSpan extends Span {
  isHit: boolean
}

/** The spans of a line, split at the edges of hits; a hit may cover several colours. */
export function markHits(spans: readonly Span[], { plain }: Pick<HeldLine, 'plain'>, pattern: RegExp | null): MarkedSpan[] {
  if (pattern === null) return spans.map((span) => ({ ...span, isHit: false }))
  const edges: number[] = []
  for (const { index, 0: text } of plain.matchAll(new RegExp(pattern, 'giu'))) edges.push(index, index + text.length)
  const marked: MarkedSpan[] = []
  let at = 0
  for (const { text, className } of spans) {
    let from = 0
    const cuts = edges.filter((edge) => edge > at && edge < at + text.length).map((edge) => edge - at)
    for (const to of [...cuts, text.length]) {
      // After an odd number of edges: within a hit.
      const isHit = edges.filter((edge) => edge <= at + from).length % 2 === 1
      if (to > from) marked.push({ text: text.slice(from, to), className, isHit })
      from = to
    }
    at += text.length
  }
  return marked
}
