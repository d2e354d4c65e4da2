/** fleet.doctor: whether the bus is one that loses nothing and lets nobody in. */
import type { FleetCheck } from '../../protocol/fleet.ts'
import { BUS_SERVICE } from '../../protocol/fleet.ts'
import type { Reply } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'

export async function fleetDoctor({ fleet, registry }: Supervisor): Promise<Reply<'fleet.doctor'>> {
  const keeper = fleet.member('examine the fleet')
  const checks = await keeper.doctor()
  const { own, node } = keeper.membership
  return own?.founder === node ? [...checks, serviceCheck(registry.named(BUS_SERVICE))] : checks
}

function serviceCheck(bus: ReturnType<Supervisor['registry']['named']>): FleetCheck {
  const check = 'service'
  if (bus === undefined)
    return {
      check,
      state: 'bad',
      why: `there is no service ${BUS_SERVICE} here`,
      todo: `\`ptrack start --name ${BUS_SERVICE} -- nats-server -c HOME/fleet/bus.conf\``,
    }
  const { status } = bus.record.tracked.state
  const isUp = status === 'running'
  return {
    check,
    state: isUp ? 'ok' : 'bad',
    why: `${BUS_SERVICE} is ${status}`,
    todo: isUp ? null : `\`ptrack start ${BUS_SERVICE}\`, and \`ptrack why ${BUS_SERVICE}\``,
  }
}
