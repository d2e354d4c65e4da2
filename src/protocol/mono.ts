/** Monotonic milliseconds. Not `performance.now()`: the first touch of that loads perf_hooks, 1 ms of a command's start-up. */
export const monoMs = (): number => Number(process.hrtime.bigint()) / 1e6
