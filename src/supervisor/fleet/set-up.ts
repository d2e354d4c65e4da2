/** A ptrackd-fleet that is started for one task: the files of a fleet, before there is a membership. */
import type { FromAgent, Newcomer, SetUp } from '../../core/fleet/messages.ts'
import type { World } from '../../core/world.ts'
import { fromErrorBody, PtrackError } from '../../protocol/errors.ts'

/** Several addresses that do not answer, one after the other. */
const PATIENCE_MS = 60_000

type Done = Omit<FromAgent & { kind: 'setUp' }, 'kind'>

export const newcomerOf = (world: World, node: string, id: string): Newcomer => ({
  home: world.home,
  node,
  id,
  host: world.fleet.host(),
})

/** Throws what it answers. */
export function setUp(world: World, task: SetUp): Promise<Done> {
  return new Promise((resolve, reject) => {
    const over = (settle: () => void): void => {
      cancel()
      agent.kill()
      settle()
    }
    const failed = (why: string): void =>
      over(() => reject(new PtrackError('FAILED', `cannot prepare the fleet: ptrackd-fleet has ended: ${why}`)))
    const agent = world.fleet.spawn({
      message: (message) => {
        if (message.kind === 'setUp') over(() => resolve(message))
        if (message.kind === 'failed') over(() => reject(fromErrorBody(message.error)))
      },
      exit: failed,
    })
    const cancel = world.clock.wakeAfter(PATIENCE_MS, () => failed('it does not answer'))
    agent.send(task)
  })
}
