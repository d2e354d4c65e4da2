/**
 * How Node is called for a daemon. A young generation of 2 MB instead of 16: the daemon's garbage is small and steady, and
 * every spawn copies the page tables of what is resident (with 1000 processes 48 MB of private memory instead of 91).
 * Collected on the main thread: waking helpers for a megabyte costs more than it saves (a quarter of the CPU of 1000
 * port checks). That leaves V8's threads little to do, and the stack of each is one more mapping for every spawn to copy
 * (4 % of the time of 1000 starts): one of them is enough.
 */
export const DAEMON_NODE_FLAGS = ['--max-semi-space-size=2', '--single-threaded-gc', '--v8-pool-size=1'] as const

/**
 * glibc gives back what start-up freed only from the top of its heap, and raises its thresholds by itself: whether 14 MB of
 * the compiler's blocks (32 KB each) stayed for life hung on which small block happened to lie above them. With blocks of that
 * size mapped one by one they go back when they are freed, and every spawn has that much less to copy (1000 starts in 1.2 s
 * instead of 1.7). One arena for all threads, which hardly allocate, for the same reason: each has mappings of its own. The
 * daemon's own, like PTRACK_DAEMON; programs never see it.
 */
export const DAEMON_ENV = {
  PTRACK_DAEMON: '1',
  MALLOC_TRIM_THRESHOLD_: '131072',
  MALLOC_MMAP_THRESHOLD_: '32768',
  MALLOC_ARENA_MAX: '1',
} as const

/**
 * Variables of the caller that are for the daemon: where it listens for HTTP (`off` or a port), at which address, and how often
 * its monitor looks (a duration).
 */
export const CALLER_ENV = ['PTRACK_HTTP', 'PTRACK_LISTEN', 'PTRACK_MONITOR_INTERVAL'] as const
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
