/** Monotonic milliseconds. Not `performance.now()`, whose first use loads perf_hooks: 1 to 3 ms. */
export const monoMs = (): number => Number(process.hrtime.bigint()) / 1e6
