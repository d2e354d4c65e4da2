/** restart: a new run of each, after its present one has ended. */
import { leftAlone } from '../../core/left-alone.ts'
import { asMatched } from '../../core/targets.ts'
import type { Listener } from '../../core/world.ts'
import { PtrackError } from '../../protocol/errors.ts'
import type { ActionResult, Params } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'
import type { Managed } from '../registry.ts'
import { begin, updateEnv } from './shared/begin.ts'
import { listenersFor } from './shared/free-ports.ts'
import { dependentsOf, inOrder } from './shared/in-order.ts'
import { outcomeSince } from './shared/outcome.ts'
import { refuseExternal, refuseSpentInput } from './shared/refusals.ts'
import { forEachFitting, select } from './shared/select.ts'

export async function restart(supervisor: Supervisor, params: Params<'restart'>): Promise<ActionResult[]> {
  if (params.dependents && params.noWait)
    throw new PtrackError(
      'USAGE',
      'cannot restart dependents without waiting: each starts when what it depends on has an outcome',
      {
        hint: 'leave out one of --dependents and --no-wait',
      },
    )
  const { matched, named } = select(supervisor, params.targets)
  const definitions = matched.map((managed) => managed.record.definition)
  const before = listenersFor(supervisor, definitions)
  const again = async (managed: Managed, listeners: readonly Listener[]): Promise<ActionResult> => {
    refuseExternal('restart', managed)
    refuseSpentInput('restart', managed)
    if (matched.includes(managed)) await updateEnv(supervisor, managed, params)
    supervisor.sessions.release(managed)
    return begin(supervisor, managed, listeners, params.noWait, { kind: 'restartRequested' })
  }
  const since = params.noWait ? undefined : outcomeSince(supervisor)
  if (!params.dependents) return forEachFitting('restart', supervisor, params.targets, (managed) => again(managed, before), since)

  const applies = ({ record: { definition, tracked } }: Managed): boolean =>
    leftAlone('restart', definition.kind, tracked.state.status) === null
  const chosen = matched.filter((managed) => named.has(managed) || applies(managed))
  const dependents = dependentsOf(supervisor, chosen)
  const inTurn = inOrder(supervisor, [...chosen, ...dependents])
  const targets = [...params.targets, ...dependents.map(({ record }) => asMatched(record.id))]
  // Its own port is free only once it is down.
  const act = (managed: Managed): Promise<ActionResult> =>
    inTurn(managed, () => again(managed, listenersFor(supervisor, [managed.record.definition])))
  return forEachFitting('restart', supervisor, targets, act, since)
}
