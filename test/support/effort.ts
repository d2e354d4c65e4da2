/**
 * How hard a property is tried: in full where CI runs, and a tenth of it in the inner loop, where another seed comes every time.
 * PTRACK_EFFORT=short is for a step of CI that repeats what another one has tried in full.
 */
const isFull = process.env.CI === 'true' && process.env.PTRACK_EFFORT !== 'short'

export const runs = (full: number): number => (isFull ? full : Math.ceil(full / 10))

/** How much a heavy test carries: `full` where CI runs. */
export const load = (full: number, short: number): number => (isFull ? full : short)

/** Of cases that prove the same: all where CI runs, and a quarter of them, others every time, in the inner loop. */
export const cases = <T>(all: readonly T[]): T[] => all.filter((_, n) => isFull || n % 4 === offset)
const offset = Math.floor(Math.random() * 4)
