/** What somebody asked of a process, in a line. */
import type { AuditEntry } from '../protocol/overview.ts'
import { clean, quoteCommand } from './text.ts'

/** `ptrack signal HUP web`; without a command `signal SIGHUP (page)`. */
export function askedWords({ method, detail, client, command, denied }: AuditEntry): string {
  const what = command === null ? `${method}${detail ? ` ${detail}` : ''} (${client})` : quoteCommand(['ptrack', ...command])
  return clean(`${what}${denied ? ', refused' : ''}`)
}

/** `ann: ptrack signal HUP web`. */
export const actionWords = (entry: AuditEntry): string => `${clean(entry.by)}: ${askedWords(entry)}`
