/** Version of the wire. Raised when an older side would misread a change; additions do not raise it. */
export const PROTOCOL_VERSION = 1

declare const PTRACK_VERSION: string | undefined
/** The package's version, set by the build; `0.0.0-dev` in unbundled sources (tests). */
export const VERSION: string = typeof PTRACK_VERSION === 'string' ? PTRACK_VERSION : '0.0.0-dev'

/** Features of this daemon; clients check here instead of comparing versions. */
export const CAPABILITIES = [
  'cancel-signal',
  'events',
  'logs',
  'orphans',
  'raw-bytes',
  'result-keys',
  'terminal-input',
  'views',
] as const
