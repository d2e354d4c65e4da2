/**
 * How Node is called for a daemon. A young generation of 1 MB instead of 16: the daemon's garbage is small and steady, and
 * every spawn copies the page tables of what is resident (with 1000 processes 48 MB of private memory instead of 91).
 */
export const DAEMON_NODE_FLAGS = ['--max-semi-space-size=1'] as const

export const daemonArguments = (daemonScript: string, home: string): string[] => [
  ...DAEMON_NODE_FLAGS,
  daemonScript,
  '--home',
  home,
]
