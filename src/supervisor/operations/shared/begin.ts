/** What start, restart and reload share: a new environment, and the request for a run. */
import type { Listener } from '../../../core/world.ts'
import { isEnded } from '../../../protocol/names.ts'
import type { ActionResult, Params } from '../../../protocol/requests.ts'
import { stripPrivate } from '../../child-env.ts'
import type { Supervisor } from '../../create-supervisor.ts'
import type { Managed } from '../../registry.ts'
import { envNameOf } from './define.ts'
import { refuseTakenPorts } from './free-ports.ts'
import { startOutcome, waitNote } from './outcome.ts'
import { success } from './select.ts'

export async function begin(
  supervisor: Supervisor,
  managed: Managed,
  listeners: readonly Listener[],
  noWait: boolean,
  wish: { kind: 'startRequested' } | { kind: 'restartRequested' },
): Promise<ActionResult> {
  const { tracked } = managed.record
  const runBefore = tracked.runNumber
  supervisor.admission.release(managed)
  if (isEnded(tracked.state.status)) refuseTakenPorts(supervisor, managed.record.definition, listeners)
  supervisor.submit(managed, wish)
  if (noWait) return success(supervisor, managed, waitNote(supervisor, managed))
  return startOutcome(supervisor, managed, runBefore)
}

/** `--update-env` takes the caller's environment; variables set by hand stay unless set anew. Answers whether it changed. */
export async function updateEnv(
  supervisor: Supervisor,
  managed: Managed,
  params: Pick<Params<'restart'>, 'env' | 'updateEnv'> & { replaceSet?: boolean },
): Promise<boolean> {
  if (params.env === undefined) return false
  const name = envNameOf(managed.record.definition)
  const stored = supervisor.world.envs.read(name) ?? { caller: {}, set: {} }
  const caller = params.updateEnv ? stripPrivate(params.env.caller) : stored.caller
  const set = params.replaceSet ? params.env.set : { ...stored.set, ...params.env.set }
  if (!params.updateEnv && !params.replaceSet && Object.keys(params.env.set).length === 0) return false
  // What is now set for all applies to each.
  const each = params.env.each ?? (params.replaceSet ? undefined : stored.each?.map((own) => without(own, params.env!.set)))
  await supervisor.world.envs.write(name, { caller, set, ...(each && { each }) })
  return true
}

const without = (own: Record<string, string>, names: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(own).filter(([name]) => !(name in names)))
