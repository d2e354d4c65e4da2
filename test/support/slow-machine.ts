/** Bounds on elapsed time are for a machine that does little else; elsewhere PTRACK_SLOW_MACHINE=3 makes them three times as wide. */
const slowMachineFactor = Number(process.env.PTRACK_SLOW_MACHINE || 1)

/** The longest that something may take here, of what it may take elsewhere; ms. */
export const atMost = (ms: number): number => ms * slowMachineFactor
