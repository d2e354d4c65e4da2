/** The life of ptrackd-fleet: its first message says who it is, and the end of the channel is its own. */
import type { FromAgent, ToAgent } from '../../core/fleet/messages.ts'
import { Agent } from './agent.ts'

export function serveFleet(): void {
  const tell = (message: FromAgent): void => {
    // The daemon has gone: 'disconnect' follows.
    if (process.connected) process.send!(message, undefined, {}, () => {})
  }
  let agent: Agent | null = null
  process.on('message', (message: ToAgent) => {
    if (message.kind === 'begin') agent ??= new Agent(message, tell)
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
