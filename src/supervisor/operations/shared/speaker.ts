/** Who reports: a run about itself, or a person about a process. */

import type { RunRef } from '../../../core/state.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import { STATUS_CLAUSES } from '../../../protocol/names.ts'
import { notFound } from '../../../protocol/not-found.ts'
import type { Speaker } from '../../../protocol/tracking.ts'
import type { Supervisor } from '../../create-supervisor.ts'
import { type Managed, nameOf } from '../../registry.ts'
import { select } from './select.ts'

/** The present run, ours or external; null while none is alive. */
export function runOf({ record }: Managed): RunRef | null {
  const { state } = record.tracked
  if ('external' in state) return state.external.run
  return 'live' in state && state.live !== null ? state.run : null
}

/** The process that a program or person means. A process of an earlier run may still exist: it is refused. */
export function speakerOf(supervisor: Supervisor, who: Speaker): Managed {
  const managed = 'id' in who ? supervisor.registry.get(who.id) : oneOf(supervisor, who.target)
  if (managed === undefined) throw notFound('id' in who ? who.id : who.target)
  const run = runOf(managed)
  const { status } = managed.record.tracked.state
  if (run === null)
    throw new PtrackError('NOT_RUNNING', `cannot take this from ${nameOf(managed)}: it ${STATUS_CLAUSES[status]}`, {
      hint: 'only a run that lives can tell of its work',
    })
  if ('runId' in who && who.runId !== run.id)
    throw new PtrackError(
      'NOT_RUNNING',
      `cannot take this from run ${who.runId} of ${nameOf(managed)}: it is over, and run ${run.number} (${run.id}) ${STATUS_CLAUSES[status]}`,
    )
  supervisor.leases.renew(managed)
  return managed
}

function oneOf(supervisor: Supervisor, target: string): Managed | undefined {
  const { matched } = select(supervisor, [target])
  if (matched.length > 1)
    throw new PtrackError('BAD_REQUEST', `cannot take this for '${target}': ${matched.length} processes match it`, {
      hint: 'name one of them',
    })
  return matched[0]
}
