/** Options of `events`. */
import type { EventType } from '../../../protocol/names.ts'

export interface EventsOptions {
  follow?: boolean
  since?: number
  lines?: number
  type?: EventType[]
  fleet?: boolean
  /** With --fleet: only of this one. */
  node?: string
}
