/** The handshake: same protocol or an answer that says what to do. */
import { PtrackError } from '../protocol/errors.ts'
import type { Hello } from '../protocol/requests.ts'
import { checkParams } from './check-params.ts'

/** What the client calls itself, and the token it shows. Throws VERSION_SKEW with both versions in message and details. */
export function greet(params: unknown, hello: Hello): { client: string; token: string | undefined } {
  // Before the strict check: a newer client's hello may have fields that we do not know, and its version explains it.
  const theirs = typeof params === 'object' && params !== null ? (params as { protocol?: unknown; version?: unknown }) : {}
  if (typeof theirs.protocol === 'number' && theirs.protocol !== hello.protocol) {
    const version = typeof theirs.version === 'string' ? theirs.version.slice(0, 40) : 'unknown'
    throw new PtrackError(
      'VERSION_SKEW',
      `cannot talk to the daemon: it is version ${hello.version} (protocol ${hello.protocol}), this client is version ${version} (protocol ${theirs.protocol})`,
      {
        hint: 'run `ptrack daemon restart` (children are not harmed)',
        details: { daemonVersion: hello.version, daemonProtocol: hello.protocol, daemonPid: hello.pid },
      },
    )
  }
  const { client = 'unnamed', token } = checkParams('hello', params)
  return { client, token }
}
