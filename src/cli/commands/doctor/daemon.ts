/** doctor's checks of the daemon: whether it answers, its status, or what it left behind. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Client } from '../../../client/client.ts'
import { unreachableKind } from '../../../client/connect.ts'
import { readDaemonInfo } from '../../../protocol/daemon-info.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import { bindableSocketPath } from '../../../protocol/socket-path.ts'
import { VERSION } from '../../../protocol/version.ts'
import type { DaemonStatus } from '../../../protocol/view.ts'
import { skewHint } from '../../../words/versions.ts'
import type { Context } from '../../context.ts'
import { type Check, fail, ok, warn } from './check.ts'
import { jumpChecks } from './clock.ts'

function downChecks(context: Context): Check[] {
  const checks = [ok('daemon', 'not running; the first command that needs it starts it')]
  const left = ['daemon.sock', 'daemon.json'].filter((file) => existsSync(join(context.home, file)))
  const info = readDaemonInfo(context.home)
  if (left.length > 0)
    checks.push(
      warn(
        'leftovers',
        `${left.join(' and ')} of a daemon${info ? ` (pid ${info.pid})` : ''} that is gone`,
        'nothing to do: the next one replaces them',
      ),
    )
  return checks
}

function statusChecks(status: DaemonStatus): Check[] {
  const checks = [ok('daemon', `pid ${status.pid}, ${status.live} of ${status.processes} processes alive`)]
  checks.push(
    status.version === VERSION
      ? ok('version', VERSION)
      : warn(
          'version',
          `the daemon is ${status.version}, this CLI is ${VERSION}: what is new in one of them may be refused by the other`,
          skewHint(status.version, VERSION),
        ),
  )
  checks.push(
    status.stateError
      ? fail(
          'state writing',
          `${status.stateError.message} (since ${status.stateError.since})`,
          'free space or make the home writable; it recovers by itself',
        )
      : ok('state writing', `${status.stateWrites} writes`),
  )
  if (status.http !== null)
    checks.push(
      isLoopback(status.http.host)
        ? ok('listener', `${status.http.host}:${status.http.port}, this machine only`)
        : warn(
            'listener',
            `${status.http.host}:${status.http.port} can be reached from other machines, and tokens travel unencrypted`,
            'put a TLS proxy before it, or start the daemon without --listen',
          ),
    )
  checks.push(...jumpChecks(status))
  for (const file of status.quarantined)
    checks.push(warn('set aside', `${file} could not be read and was set aside`, 'look whether it holds something you miss'))
  checks.push(
    status.rotation === 'freeze'
      ? warn(
          'log rotation',
          'this file system cannot collapse files: a tree is stopped for a moment while its log is rotated',
          'ext4 and xfs can',
        )
      : ok('log rotation', status.rotation),
  )
  return checks
}

const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || host.startsWith('127.')

async function orphanCheck(client: Client): Promise<Check> {
  const found = await client.request('orphans', {})
  return found.length === 0
    ? ok('orphans', 'none')
    : warn(
        'orphans',
        `${found.length} left behind: they use memory, ports and files, and nothing supervises them`,
        'see `ptrack orphans`, end them with `ptrack kill-orphan`',
      )
}

export async function daemonChecks(context: Context): Promise<Check[]> {
  try {
    bindableSocketPath(context.home).close()
  } catch (error) {
    if (error instanceof PtrackError) return [fail('socket', error.message, error.hint ?? '')]
    if ((error as NodeJS.ErrnoException).code === undefined) throw error
    // A long home that does not exist yet has no socket to check.
  }
  let client: Client
  try {
    client = await context.connectOnly({ acceptSkew: true })
  } catch (error) {
    if (unreachableKind(error) !== null) return downChecks(context)
    if (error instanceof PtrackError) return [fail('daemon', error.message, error.hint ?? 'see `ptrack daemon logs`')]
    throw error
  }
  return [...statusChecks(await client.request('daemon.status', {})), await orphanCheck(client)]
}
