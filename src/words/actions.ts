/** What somebody asked of a process, in a line. */
import type { AuditEntry } from '../protocol/overview.ts'
import { clean, quoteCommand } from './text.ts'

/** `ann: ptrack signal HUP web`; without a command `ann: signal SIGHUP (page)`. */
export function actionWords({ by, method, detail, client, command, denied }: AuditEntry): string {
  const what = command === null ? `${method}${detail ? ` ${detail}` : ''} (${client})` : quoteCommand(['ptrack', ...command])
  return clean(`${by}: ${what}${denied ? ', refused' : ''}`)
}
