/** The caller's environment as a program started from this shell would get it, without variables of supervisors. */
const DROPPED = /^(PTRACK_.*|NOTIFY_SOCKET|WATCHDOG_.*|INVOCATION_ID|LISTEN_.*|JOURNAL_STREAM)$/
/** What `--clean-env` leaves: enough to find programs, the user and the language. */
const BARE = ['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR']

export function callerEnv(env: Record<string, string | undefined>, bare = false): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const [key, value] of Object.entries(env)) {
    if (value === undefined || key === '' || DROPPED.test(key)) continue
    if (!bare || BARE.includes(key)) kept[key] = value
  }
  return kept
}
