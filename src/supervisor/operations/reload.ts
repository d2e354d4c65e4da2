/** reload: restarts one by one, so that the others keep serving. */
import { isProbed } from '../../core/policy.ts'
import { PtrackError } from '../../protocol/errors.ts'
import type { ActionResult, Params } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'
import { nameOf } from '../registry.ts'
import { begin, updateEnv } from './shared/begin.ts'
import { refuseExternal, refuseSpentInput } from './shared/refusals.ts'
import { failure, forEachFitting } from './shared/select.ts'

/** Each is healthy before the next is restarted; the first failure ends the round. */
export async function reload(supervisor: Supervisor, params: Params<'reload'>): Promise<ActionResult[]> {
  let last: Promise<boolean> = Promise.resolve(true)
  return forEachFitting('reload', supervisor, params.targets, async (managed) => {
    const before = last
    let done: (ok: boolean) => void = () => {}
    last = new Promise((resolve) => (done = resolve))
    if (managed.record.definition.kind === 'external') {
      // Not a failed reload: the next ones take their turn.
      done(await before)
      refuseExternal('reload', managed)
    }
    if (!(await before)) {
      done(false)
      return failure(
        supervisor,
        managed,
        new PtrackError('FAILED', `cannot reload ${nameOf(managed)}: the one before it did not come back`, {
          hint: 'it was left as it is',
        }),
      )
    }
    try {
      refuseSpentInput('reload', managed)
      await updateEnv(supervisor, managed, params)
      const result = await begin(supervisor, managed, [], false, { kind: 'restartRequested' })
      if (result.ok && isProbed(managed.record.definition))
        await supervisor.waiters.until(
          managed,
          (each) => each.observed.health.health === 'healthy',
          managed.record.definition.readyTimeoutMs,
        )
      done(result.ok)
      return result
    } finally {
      done(false)
    }
  })
}
