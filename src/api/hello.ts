/** The handshake: same protocol, or an error that says what to do. */
import { maskedCommand } from '../core/masked-command.ts'
import { PtrackError } from '../protocol/errors.ts'
import type { Hello } from '../protocol/requests.ts'
import { checkParams } from './check-params.ts'

/** The client's name for itself, its directory, its command line and its token. Throws VERSION_SKEW with both versions. */
export function greet(
  params: unknown,
  hello: Hello,
): {
  client: string
  cwd: string | null
  command: string[] | null
  token: string | undefined
} {
  // Before the strict check: a newer client's hello may have unknown fields, which its version explains.
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
  const { client = 'unnamed', cwd = null, command, token } = checkParams('hello', params)
  return { client, cwd, command: command === undefined ? null : maskedCommand(command), token }
}
