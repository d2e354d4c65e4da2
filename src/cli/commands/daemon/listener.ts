/** Where the next daemon listens for HTTP; a running one is not changed. */
import type { CallerEnv } from '../../../protocol/daemon-command.ts'
import { PtrackError } from '../../../protocol/errors.ts'

export interface ListenOptions {
  http?: string
  listen?: string
}

/** Throws USAGE. */
export function listenerOf({ http, listen }: ListenOptions): CallerEnv {
  if (http !== undefined && http !== 'off' && !(/^\d{1,5}$/.test(http) && Number(http) <= 65_535))
    throw new PtrackError('USAGE', `cannot use --http ${http}: it must be \`off\` or a port`)
  return { ...(http === undefined ? {} : { PTRACK_HTTP: http }), ...(listen === undefined ? {} : { PTRACK_LISTEN: listen }) }
}
