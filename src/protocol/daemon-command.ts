/**
 * Node flags of a daemon. A 2 MB young generation: its garbage is small and steady, and every spawn copies the page tables of
 * what is resident (48 MB of private memory with 1000 processes instead of 91). Collected on the main thread: waking helpers
 * costs more than it saves (a quarter of the CPU of 1000 port checks). One V8 thread, as each stack is one more mapping to copy
 * (4 % of 1000 starts).
 */
export const DAEMON_NODE_FLAGS = ['--max-semi-space-size=2', '--single-threaded-gc', '--v8-pool-size=1'] as const

/**
 * glibc returns freed start-up memory only from the top of its heap: whether 14 MB of compiler blocks (32 KB each) stayed
 * depended on what lay above them. Mapped one by one they are returned when freed, and every spawn copies that much less (1000
 * starts in 1.2 s instead of 1.7). One arena for all threads, for the same reason. For the daemon only; programs never see it.
 */
export const DAEMON_ENV = {
  PTRACK_DAEMON: '1',
  MALLOC_TRIM_THRESHOLD_: '131072',
  MALLOC_MMAP_THRESHOLD_: '32768',
  MALLOC_ARENA_MAX: '1',
} as const

/** Variables of the caller that the daemon gets: where it listens for HTTP, at which address, its monitor interval, and who started it. */
export const CALLER_ENV = ['PTRACK_HTTP', 'PTRACK_LISTEN', 'PTRACK_MONITOR_INTERVAL', 'PTRACK_RUNTIME'] as const
export type CallerEnv = { [variable in (typeof CALLER_ENV)[number]]?: string }

/** `--lift`: also start what was stopped with an earlier daemon. `--halt`: start nothing, for ending what one left. */
export type DaemonFlag = '--lift' | '--halt'

export const daemonArguments = (daemonScript: string, home: string, flag?: DaemonFlag): string[] => [
  ...DAEMON_NODE_FLAGS,
  daemonScript,
  '--home',
  home,
  ...(flag ? [flag] : []),
]
