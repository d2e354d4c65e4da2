/** The payload of an event in a few words. */
import type { PtrackEvent } from '../protocol/events.ts'
import { statusWord } from '../words/states.ts'

const HEAD: ReadonlySet<string> = new Set(['seq', 'at', 'type', 'process', 'id', 'key'])

export function eventWords(event: PtrackEvent): string {
  if (event.type === 'statusChange')
    return `${statusWord(event.from)} → ${statusWord(event.to)}${event.reason === null ? '' : `: ${event.reason}`}`
  if (event.type === 'processExit') return event.reason ?? event.signal ?? `exit code ${event.exitCode ?? 'unknown'}`
  if (event.type === 'audit')
    return `${event.by} ${event.denied ? 'was refused ' : ''}${event.method} ${event.targets.join(', ')}`
  if (event.type === 'progress') return `${event.progress.percent ?? '?'} % ${event.progress.message ?? ''}`
  if (event.type === 'result') return `row ${event.index}`
  return Object.entries(event)
    .filter(([name, value]) => !HEAD.has(name) && value !== null)
    .map(([name, value]) => `${name}=${typeof value === 'object' ? JSON.stringify(value) : value}`)
    .join(' ')
}
