/** The life of ptrackd-fleet: its first message says who it is, and the end of the channel is its own. */
import type { FromAgent, ToAgent } from '../../core/fleet/messages.ts'
import { toErrorBody } from '../../protocol/errors.ts'
import { Agent } from './agent.ts'
import { found } from './own/found.ts'
import { redeem } from './own/redeem.ts'

export function serveFleet(): void {
  const tell = (message: FromAgent): void => {
    // The daemon has gone: 'disconnect' follows.
    if (process.connected) process.send!(message, undefined, {}, () => {})
  }
  const setUp = (task: Promise<FromAgent>): void => {
    task.then(tell, (error: unknown) => tell({ kind: 'failed', key: 'setUp', error: toErrorBody(error) }))
  }
  let agent: Agent | null = null
  process.on('message', (message: ToAgent) => {
    if (message.kind === 'begin') agent ??= new Agent(message, tell)
    else if (message.kind === 'found') setUp(found(message))
    else if (message.kind === 'redeem') setUp(redeem(message))
    else agent?.take(message)
  })
  process.on('disconnect', () => process.exit(0))
  // Meant for the daemon, which ends it.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})
  if (!process.connected) {
    process.stderr.write('ptrackd-fleet: cannot start: the daemon starts it (`ptrack fleet join`)\n')
    process.exit(2)
  }
}
