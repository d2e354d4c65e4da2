/** Rows of a fleet, already JSON by another process: sent as they are, and parsed only where they are looked into. */
import type { SilentNode } from '../../protocol/fleet.ts'
import type { FleetRow } from './rows.ts'

interface Rows {
  rows: FleetRow[]
  silent: SilentNode[]
}

export class EncodedRows implements Rows {
  readonly json: string
  #parsed: Rows | null = null

  constructor(json: string) {
    this.json = json
  }

  get rows(): FleetRow[] {
    return this.#read().rows
  }

  get silent(): SilentNode[] {
    return this.#read().silent
  }

  #read(): Rows {
    this.#parsed ??= JSON.parse(this.json) as Rows
    return this.#parsed
  }
}
