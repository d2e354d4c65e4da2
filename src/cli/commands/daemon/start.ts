/** daemon start: starts one if none runs, and with it what was stopped with the last one. */
import type { Client } from '../../../client/client.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import type { Context } from '../../context.ts'
import { type ListenOptions, listenerOf } from './listener.ts'
import { running } from './running.ts'

/** Names of what was stopped with the daemon and starts now; older daemons lack this. */
async function lift(client: Client): Promise<string[]> {
  try {
    return (await client.request('daemon.start', {})).started
  } catch (error) {
    if (error instanceof PtrackError && error.code === 'UNKNOWN_METHOD') return []
    throw error
  }
}

export async function start(context: Context, options: ListenOptions): Promise<number> {
  const env = listenerOf(options)
  const before = await running(context)
  const client = before ?? (await context.connectFresh({ env }))
  const { pid, version } = client.hello
  const lifted = await lift(client)
  if (context.json) context.printJson({ pid, version, started: before === null, lifted })
  else context.print(before ? `the daemon is already running (pid ${pid})` : `daemon started (pid ${pid})`)
  if (lifted.length > 0) context.note(`starting what was stopped with the daemon: ${lifted.join(', ')}`)
  if (before !== null && (options.http !== undefined || options.listen !== undefined))
    context.note('--http and --listen are for a daemon that starts: `ptrack daemon restart` takes them')
  return 0
}
