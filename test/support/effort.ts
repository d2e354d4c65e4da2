/** How hard a property is tried: in full where CI runs, and a tenth of it in the inner loop, where another seed comes every time. */
export const runs = (full: number): number => (process.env.CI === 'true' ? full : Math.ceil(full / 10))
