/** Terminals of programs: which run has one, how large it is, and how its program is found below what holds it. */
import type { Identity } from '../core/state.ts'
import type { ProcessRecord, ProcessTable } from '../core/world.ts'
import type { TerminalSize } from '../core/world-terminals.ts'
import type { Definition } from '../protocol/definition.ts'
import type { Companion } from './companion.ts'
import type { Managed } from './registry.ts'

/** What a terminal has before anybody looks at it. */
const USUAL: TerminalSize = { rows: 24, columns: 80 }

/** The definition that its present run was started with. */
const ofRun = ({ definition, ranWith }: ProcessRecord): Readonly<Definition> => ranWith ?? definition

export const hasTerminal = (record: ProcessRecord): boolean => ofRun(record).tty

/** Below the recorder, and with a terminal below its holder too. Null while it is only just starting. */
export function programBelow(
  table: Pick<ProcessTable, 'firstChild' | 'commandLine'>,
  leader: Identity,
  record: ProcessRecord,
): Identity | null {
  const first = table.firstChild(leader.pid)
  if (first === null || !hasTerminal(record)) return first
  // What comes before the holder (setpriv, mounts) may have children of its own.
  return /\/script$/.test(table.commandLine(first.pid)[0] ?? '') ? table.firstChild(first.pid) : null
}

/** The size that each had last, for its next run. A daemon that begins anew knows none, and asks for none. */
export class Terminals implements Companion {
  private readonly sizes = new Map<string, TerminalSize>()

  sizeOf({ record }: Managed): TerminalSize {
    return this.sizes.get(record.id) ?? USUAL
  }

  /** Null = not reported to this daemon yet. */
  knownSize({ record }: Managed): TerminalSize | null {
    return this.sizes.get(record.id) ?? null
  }

  note({ record }: Managed, size: TerminalSize): void {
    this.sizes.set(record.id, size)
  }

  removed({ record }: Managed): void {
    this.sizes.delete(record.id)
  }
}
