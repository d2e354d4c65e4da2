/**
 * Version of the wire. Raised when a request or reply changes so that an older side would misread it;
 * additions do not raise it.
 */
export const PROTOCOL_VERSION = 1

declare const PTRACK_VERSION: string | undefined
/** The package's version, put in by the build; `0.0.0-dev` when the sources run unbundled (tests). */
export const VERSION: string = typeof PTRACK_VERSION === 'string' ? PTRACK_VERSION : '0.0.0-dev'

/** What this daemon can do; a client asks for a feature by looking here, not by comparing versions. */
export const CAPABILITIES = ['events', 'logs', 'orphans', 'result-keys', 'views'] as const
