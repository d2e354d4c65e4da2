/**
 * How Node is called for a daemon. A young generation of 2 MB instead of 16: the daemon's garbage is small and steady, and
 * every spawn copies the page tables of what is resident (with 1000 processes 48 MB of private memory instead of 91).
 * Collected on the main thread: waking helpers for a megabyte costs more than it saves (a quarter of the CPU of 1000
 * port checks).
 */
export const DAEMON_NODE_FLAGS = ['--max-semi-space-size=2', '--single-threaded-gc'] as const

/**
 * glibc raises this threshold by itself and then keeps what start-up freed: with the threshold fixed, the daemon is 12 MB
 * smaller for its whole life. The daemon's own, like PTRACK_DAEMON; programs never see it.
 */
export const DAEMON_ENV = { PTRACK_DAEMON: '1', MALLOC_TRIM_THRESHOLD_: '131072' } as const

/** Variables of the caller that are for the daemon: where it listens for HTTP (`off` or a port), and at which address. */
export const LISTEN_ENV = ['PTRACK_HTTP', 'PTRACK_LISTEN'] as const

export const daemonArguments = (daemonScript: string, home: string): string[] => [
  ...DAEMON_NODE_FLAGS,
  daemonScript,
  '--home',
  home,
]
