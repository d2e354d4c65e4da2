/** start, restart and reload: anything that begins runs. */

import { isProbed } from '../../core/policy.ts'
import type { Identity } from '../../core/state.ts'
import type { Listener } from '../../core/world.ts'
import { PtrackError } from '../../protocol/errors.ts'
import { isEnded } from '../../protocol/names.ts'
import type { ActionResult, Params } from '../../protocol/requests.ts'
import { stripPrivate } from '../child-env.ts'
import type { Supervisor } from '../create-supervisor.ts'
import { type Managed, nameOf } from '../registry.ts'
import { define, envNameOf } from './define.ts'
import { listenersFor, refuseTakenPorts } from './free-ports.ts'
import { startOutcome, waitNote } from './outcome.ts'
import { failure, forEachFitting, savedTogether, select, success } from './select.ts'

export async function start(supervisor: Supervisor, params: Params<'start'>): Promise<ActionResult[]> {
  if (params.definition === undefined) {
    if (params.targets === undefined || params.targets.length === 0)
      throw new PtrackError('USAGE', 'cannot start nothing: neither a name nor a definition is given', {
        hint: '`ptrack start -- CMD` or `ptrack start NAME`',
      })
    return startAgain(supervisor, params.targets, params)
  }
  const { instances, own, owner } = params
  const input = params.inputFrom === undefined ? undefined : inputOf(supervisor, params, params.inputFrom)
  const created = await define(supervisor, params.definition, params.env, { instances, own, owner, input })
  if (params.stopped) {
    for (const managed of created) supervisor.submit(managed, { kind: 'stopRequested', timeoutMs: null })
    return savedTogether(
      supervisor,
      created.map((managed) => success(supervisor, managed, 'defined, not started')),
    )
  }
  for (const managed of created) supervisor.submit(managed, { kind: 'admitted' })
  const results = params.noWait
    ? created.map((managed) => success(supervisor, managed, waitNote(supervisor, managed)))
    : await Promise.all(created.map((managed) => startOutcome(supervisor, managed, 0)))
  return savedTogether(supervisor, results)
}

async function startAgain(supervisor: Supervisor, targets: readonly string[], params: Params<'start'>): Promise<ActionResult[]> {
  const { matched } = select(supervisor, targets)
  // All of them: nothing is left that would have to wait for a person.
  if (targets.includes('all')) await supervisor.halt.lift()
  const listeners = listenersFor(
    supervisor,
    matched.map((managed) => managed.record.definition),
  )
  return forEachFitting('start', supervisor, targets, async (managed) => {
    refuseExternal('start', managed)
    if (isEnded(managed.record.tracked.state.status)) refuseSpentInput('start', managed)
    const changed = await updateEnv(supervisor, managed, params)
    const { status } = managed.record.tracked.state
    const runBefore = managed.record.tracked.runNumber
    const later = changed ? `; its new environment holds from the next run: \`ptrack restart ${nameOf(managed)}\`` : ''
    if (status === 'running' || status === 'paused') return success(supervisor, managed, `already ${status}${later}`)
    if (status === 'starting') {
      if (params.noWait) return success(supervisor, managed, `already starting${later}`)
      const outcome = await startOutcome(supervisor, managed, runBefore - 1)
      return changed && outcome.ok && outcome.note === null ? { ...outcome, note: `started${later}` } : outcome
    }
    return begin(supervisor, managed, listeners, params.noWait, { kind: 'startRequested' })
  })
}

async function begin(
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

/** A job's input can be read once, so nothing may ask for a second run of it. */
function inputOf({ world }: Supervisor, { definition, instances }: Params<'start'>, pid: number): Identity {
  const name = definition?.name ?? ''
  const no = (why: string, hint: string): PtrackError =>
    new PtrackError('USAGE', `cannot hand input on to ${name}: ${why}`, { hint })
  if (definition?.kind !== 'job' || instances !== undefined) throw no('only a single job reads any', 'use `ptrack run`')
  const again = [
    definition.retries ? '--retries' : null,
    definition.retryInterrupted ? '--retry-interrupted' : null,
    definition.watchFiles?.length ? '--watch-files' : null,
    definition.cron ? '--cron' : null,
  ].find((option) => option !== null)
  if (again) throw no(`it can be read once, and ${again} asks for more runs`, 'add `< /dev/null`, or let the command read a file')
  const identity = world.table.identityOf(pid)
  if (identity === null)
    throw no(`the daemon does not see pid ${pid}`, 'run it where the daemon runs (in the same container), or add `< /dev/null`')
  return identity
}

/** Beside a run that goes on nothing would be lost, but the next one could not read anything. */
function refuseSpentInput(verb: string, managed: Managed): void {
  const { input, tracked } = managed.record
  if (input === undefined || tracked.runNumber === 0) return
  throw new PtrackError(
    'USAGE',
    `cannot ${verb} ${nameOf(managed)}: its input came with its \`ptrack run\` and can be read once`,
    {
      hint: 'run the command again',
    },
  )
}

export function refuseExternal(verb: string, managed: Managed): void {
  if (managed.record.definition.kind === 'external')
    throw new PtrackError('USAGE', `cannot ${verb} ${nameOf(managed)}: it is started elsewhere and reports itself`)
}

export async function restart(supervisor: Supervisor, params: Params<'restart'>): Promise<ActionResult[]> {
  const { matched } = select(supervisor, params.targets)
  const listeners = listenersFor(
    supervisor,
    matched.map((managed) => managed.record.definition),
  )
  return forEachFitting('restart', supervisor, params.targets, async (managed) => {
    refuseExternal('restart', managed)
    refuseSpentInput('restart', managed)
    await updateEnv(supervisor, managed, params)
    return begin(supervisor, managed, listeners, params.noWait, { kind: 'restartRequested' })
  })
}

/** One by one, each healthy before the next is touched; the first that fails stops the round, so that the others go on serving. */
export async function reload(supervisor: Supervisor, params: Params<'reload'>): Promise<ActionResult[]> {
  let last: Promise<boolean> = Promise.resolve(true)
  return forEachFitting('reload', supervisor, params.targets, async (managed) => {
    const before = last
    let done: (ok: boolean) => void = () => {}
    last = new Promise((resolve) => (done = resolve))
    if (managed.record.definition.kind === 'external') {
      // Not a reload that failed: those behind it take their turn.
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
        await supervisor.settler.until(
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

/**
 * `--update-env` takes the caller's present environment; what was set by hand stays unless set anew, and removed keys
 * disappear. Answers whether there was anything to change.
 */
async function updateEnv(
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
  // What is set for all now holds for each.
  const each = params.env.each ?? (params.replaceSet ? undefined : stored.each?.map((own) => without(own, params.env!.set)))
  await supervisor.world.envs.write(name, { caller, set, ...(each && { each }) })
  return true
}

const without = (own: Record<string, string>, names: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(own).filter(([name]) => !(name in names)))
