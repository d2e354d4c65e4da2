/** The interface of the World for who did what. */
import type { AuditEntry } from '../protocol/overview.ts'

export interface AuditLog {
  /** Never throws. */
  note(entry: AuditEntry): void
  /** Newest first, until `onEntry` answers false. */
  scan(onEntry: (entry: AuditEntry) => boolean): Promise<void>
}
