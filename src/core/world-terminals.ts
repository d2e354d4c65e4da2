/** The interface of the World for terminals that programs have of their own. */
import type { Identity } from './state.ts'

export interface TerminalSize {
  rows: number
  columns: number
}

export interface Terminals {
  /** Types this at the terminal of a run, as far as there is room; null = nothing reads it. */
  type(recordFile: string, bytes: Uint8Array): number | null
  /** Resolves to false when this process has no terminal (any more). */
  resize(program: Identity, size: TerminalSize): Promise<boolean>
}
