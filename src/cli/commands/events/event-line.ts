/** One event in one line, for people. */
import type { PtrackEvent } from '../../../protocol/events.ts'
import { clean } from '../../../words/text.ts'
import { timeWords } from '../../../words/time.ts'

export function eventLine(event: PtrackEvent, nowMs: number): string {
  const { seq, at, type, process, id: _id, ...payload } = event
  const facts = Object.entries(payload)
    .filter(([, value]) => value !== null)
    .map(([key, value]) => `${key}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
  return clean(`${seq} ${timeWords(at, nowMs)} ${process ?? '-'} ${type}${facts.length ? ` ${facts.join(' ')}` : ''}`)
}
