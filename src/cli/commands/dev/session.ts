/** What this command has started, and so ends: also by the daemon, when this process goes away without a word. */
import { baseOf } from '../../../files/plan.ts'
import type { SessionOwner } from '../../../protocol/session.ts'
import type { ProcessView } from '../../../protocol/view.ts'
import type { Context } from '../../context.ts'

/** After that the daemon takes it that this process does not come back. */
const LINGER_MS = 5000
/** Of the name, which a project may be longer than. */
const PROJECT_CHARS = 48

export class Session {
  /** null with `--keep`: the daemon knows nothing of it. */
  readonly owner: SessionOwner | null
  private readonly started = new Set<string>()

  constructor(project: string | null, { pid, keep }: { pid: number; keep: boolean }) {
    const name = `dev-${(project ?? 'none').slice(0, PROJECT_CHARS)}-${pid}`
    this.owner = keep ? null : { name, pid, lingerMs: LINGER_MS }
  }

  /** Full names that are started here. */
  add(name: string): void {
    this.started.add(name)
  }

  knows(name: string): boolean {
    return this.started.has(name)
  }

  /** What another has started since it ended is the other's. */
  has({ fullName, session }: ProcessView): boolean {
    if (this.owner !== null && session !== this.owner.name) return false
    return this.started.has(fullName) || this.started.has(baseOf(fullName))
  }

  /** From now on all runs on without this command. */
  async release(context: Context): Promise<void> {
    if (this.owner !== null) await context.request('keep', { targets: [`session:${this.owner.name}`] })
  }
}
