/** How long silence must last until a node's jobs are taken for lost. Monotonic clocks alone; nobody's wall clock counts. */

export interface Silence {
  /** When the node was last heard; null = never in this life of the scheduler. */
  seenMono: number | null
  /** Since when the scheduler hears at all: its own deafness is nobody's silence. */
  listeningSinceMono: number | null
  nowMono: number
}

export const mayTake = ({ seenMono, listeningSinceMono, nowMono }: Silence, ttlMs: number): boolean =>
  listeningSinceMono !== null && nowMono - Math.max(seenMono ?? listeningSinceMono, listeningSinceMono) >= ttlMs
