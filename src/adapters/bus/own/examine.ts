/** `fleet doctor`: what this node sees of its bus. */
import { type BusView, checksOf } from '../../../core/fleet/bus-rules.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import type { FleetCheck } from '../../../protocol/fleet.ts'
import type { BusConnection } from '../bus.ts'
import type { Events } from '../events/events.ts'
import type { Jobs } from '../jobs/jobs.ts'
import type { OwnNode } from '../node.ts'
import type { Founder } from './founder.ts'

export async function examine(
  { membership, facts }: OwnNode,
  connection: BusConnection | null,
  founder: Founder | null,
  events: Pick<Events, 'stream'>,
  jobs: Pick<Jobs, 'settings'>,
): Promise<FleetCheck[]> {
  const { own } = membership
  if (connection === null || facts.state !== 'up') {
    const why = facts.reason ?? 'this node is not on it yet'
    const todo =
      founder !== null
        ? '`ptrack logs fleet-bus` shows what it says'
        : own === null
          ? 'start the nats-server, or mend the way to it'
          : `\`ptrack fleet doctor\` on ${own.founder}, whose service fleet-bus it is`
    return [{ check: 'bus', state: 'bad', why, todo }]
  }
  const settings =
    founder === null
      ? null
      : await founder.settings().catch((error: unknown) => {
          if (error instanceof PtrackError) return null
          throw error
        })
  const { version, jetstream, tls, login } = connection.info
  const stream = await events.stream().catch(words)
  const view: BusView = {
    stream,
    ...(own !== null && { jobs: await jobs.settings().catch(words) }),
    address: connection.server,
    version,
    jetstream,
    tls,
    login,
    isOwn: own !== null,
    syncAlways: settings?.syncAlways ?? null,
    servers: settings?.servers ?? null,
    seenFrom: own === null ? 'look into its configuration' : `\`ptrack fleet doctor\` on ${own.founder} sees it`,
  }
  return checksOf(view)
}

function words(error: unknown): string {
  if (error instanceof PtrackError) return error.message
  throw error
}
