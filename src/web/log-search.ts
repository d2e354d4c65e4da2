/** Search in a log: each line is searched once; and the marks within a line. */
import type { Span } from './ansi.ts'
import type { HeldLine, LogLines } from './log-lines.ts'

export interface Wanted {
  text: string
  regex?: boolean
  matchCase?: boolean
}

/** Such an expression may take years over one line, and the page with it. */
const ENDLESS = /\((?:[^()\\]|\\.)*[+*}](?:[^()\\]|\\.)*\)[+*{]/

/** A text as an expression for itself. */
export const literally = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** Null where nothing is wanted; a sentence where it is no expression. */
export function patternFor({ text, regex = false, matchCase = false }: Wanted): RegExp | string | null {
  if (text === '') return null
  const flags = matchCase ? 'u' : 'iu'
  if (!regex) return new RegExp(literally(text), flags)
  if (ENDLESS.test(text)) return 'cannot search for this: avoid repeated groups with something repeated inside, such as (a+)+'
  try {
    return new RegExp(text, flags)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return `cannot search for this: ${error.message.replace(/^Invalid regular expression: \/.*\/\w*: /s, '')}`
  }
}

export const searchFor = (wanted: string | Wanted): RegExp | null => {
  const pattern = patternFor(typeof wanted === 'string' ? { text: wanted } : wanted)
  return pattern instanceof RegExp ? pattern : null
}

export class LogSearch {
  hits: number[] = []
  private wanted = ''
  /** Numbers of the first and the last line that were searched. */
  private from = 1
  private to = 0

  /** Searches new lines, at either end, or all when something else is wanted; forgets lines that the log has dropped. */
  update({ lines }: LogLines, asked: string | Wanted): void {
    const wanted = JSON.stringify(asked)
    const first = lines[0]?.number
    if (wanted !== this.wanted || first === undefined) {
      this.wanted = wanted
      this.hits = []
      this.from = first ?? 1
      this.to = this.from - 1
    }
    const pattern = searchFor(asked)
    if (pattern === null || first === undefined) return
    const found = (fromNumber: number, toNumber: number): number[] => {
      const hits: number[] = []
      for (let index = fromNumber - first; index <= toNumber - first; index++)
        if (pattern.test(lines[index]!.plain)) hits.push(lines[index]!.number)
      return hits
    }
    if (this.hits.length > 0 && this.hits[0]! < first) this.hits = this.hits.filter((number) => number >= first)
    if (first < this.from) this.hits = [...found(first, this.from - 1), ...this.hits]
    const last = lines.at(-1)!.number
    for (const hit of found(Math.max(first, this.to + 1), last)) this.hits.push(hit)
    this.from = first
    this.to = last
  }
}

export interface MarkedSpan extends Span {
  isHit: boolean
}

/** The spans of a line, split at the edges of hits; a hit may cover several colours. */
export function markHits(spans: readonly Span[], { plain }: Pick<HeldLine, 'plain'>, pattern: RegExp | null): MarkedSpan[] {
  if (pattern === null) return spans.map((span) => ({ ...span, isHit: false }))
  const edges: number[] = []
  for (const { index, 0: text } of plain.matchAll(new RegExp(pattern, `g${pattern.flags}`)))
    if (text !== '') edges.push(index, index + text.length)
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
