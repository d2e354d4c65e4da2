/** Monotonic milliseconds. Not `performance.now()`: the first touch of that loads perf_hooks, 1 to 3 ms of whoever waits. */
export const monoMs = (): number => Number(process.hrtime.bigint()) / 1e6
