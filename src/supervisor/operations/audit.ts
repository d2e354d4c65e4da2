/** audit: who did what, newest first. */
import type { AuditEntry, AuditPage } from '../../protocol/overview.ts'
import type { Params } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'
import { nameOf } from '../registry.ts'
import { chosen } from './shared/chosen.ts'

export async function audit(supervisor: Supervisor, params: Params<'audit'>): Promise<AuditPage> {
  const { targets, owner, sinceMs, beforeMs, max } = params
  const isLimited = targets !== undefined || owner !== undefined
  const names = isLimited ? new Set(chosen(supervisor, params).map(nameOf)) : null
  const entries: AuditEntry[] = []
  let more = false
  await supervisor.world.audit.scan((entry) => {
    const atMs = Date.parse(entry.at)
    if (sinceMs !== undefined && atMs < sinceMs) return false
    if (beforeMs !== undefined && atMs >= beforeMs) return true
    const about = names === null ? entry : narrowed(entry, names, owner !== undefined)
    if (about === null) return true
    more = entries.length === max
    if (!more) entries.push(about)
    return !more
  })
  return { entries, more }
}

/** Of whom it may not know, an owner learns nothing; a name that he has again may have been another's before. */
function narrowed(entry: AuditEntry, names: ReadonlySet<string>, hidesOthers: boolean): AuditEntry | null {
  const own = entry.processes.filter((name) => names.has(name))
  if (own.length === 0) return null
  return hidesOthers ? { ...entry, processes: own, targets: entry.targets.length === 1 ? entry.targets : own } : entry
}
