/** start: new processes from their definition, or existing ones by name. */
import type { Identity } from '../../core/state.ts'
import type { DefinedBy } from '../../core/world.ts'
import { PtrackError } from '../../protocol/errors.ts'
import { isEnded } from '../../protocol/names.ts'
import { projectOf, shortName } from '../../protocol/project.ts'
import type { ActionResult, Params } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'
import { type Managed, nameOf } from '../registry.ts'
import { begin, updateEnv } from './shared/begin.ts'
import { define } from './shared/define.ts'
import { listenersFor } from './shared/free-ports.ts'
import { thereOrMade } from './shared/if-missing.ts'
import { outcomeSince, startOutcome, waitNote } from './shared/outcome.ts'
import { refuseExternal, refuseSpentInput } from './shared/refusals.ts'
import { forEachFitting, savedTogether, select, success } from './shared/select.ts'

export async function start(
  supervisor: Supervisor,
  params: Params<'start'>,
  caller: Omit<DefinedBy, 'atMs'>,
  gone: AbortSignal,
): Promise<ActionResult[]> {
  if (params.definition === undefined) {
    if (params.targets === undefined || params.targets.length === 0)
      throw new PtrackError('USAGE', 'cannot start nothing: neither a name nor a definition is given', {
        hint: '`ptrack start -- CMD` or `ptrack start NAME`',
      })
    return startAgain(supervisor, params.targets, params)
  }
  const { instances, own, owner } = params
  enterProject(supervisor, params.definition.name, params.projectDirectory)
  const input = params.inputFrom === undefined ? undefined : inputOf(supervisor, params, params.inputFrom)
  const terminalInput =
    params.terminalInputFrom === undefined
      ? undefined
      : (supervisor.world.table.identityOf(params.terminalInputFrom) ?? undefined)
  const session = params.session && supervisor.sessions.resolve(params.session)
  const removeFor = params.autoRemove ? removedFor(supervisor, params) : undefined
  const definition = removeFor === undefined ? params.definition : { ...params.definition, leftovers: 'kill' as const }
  const definedBy = { atMs: supervisor.world.clock.wall(), ...caller }
  const callers = { input, terminalInput, session, removeFor, definedBy }
  const make = (): Promise<Managed[]> => define(supervisor, definition, params.env, { instances, own, owner, ...callers })
  const found = params.ifMissing ? await thereOrMade(supervisor, { ...params, definition }, make) : { made: await make() }
  if ('there' in found) return startThere(supervisor, found.there, params)
  const created = found.made
  for (const managed of created) supervisor.temporaries.leaveWith(gone, managed)
  if (params.terminal !== undefined) for (const managed of created) supervisor.terminals.note(managed, params.terminal)
  if (params.stopped) {
    for (const managed of created) supervisor.submit(managed, { kind: 'stopRequested', timeoutMs: null, cause: 'unstarted' })
    return savedTogether(
      supervisor,
      created.map((managed) => success(supervisor, managed, 'defined, not started')),
    )
  }
  for (const managed of created) supervisor.submit(managed, { kind: 'admitted' })
  const results = params.noWait
    ? created.map((managed) => success(supervisor, managed, waitNote(supervisor, managed)))
    : await Promise.all(created.map((managed) => startOutcome(supervisor, managed, 0)))
  return savedTogether(supervisor, results, params.noWait ? undefined : outcomeSince(supervisor))
}

/** Defined as asked: it is started unless it runs. */
function startThere(supervisor: Supervisor, there: readonly Managed[], params: Params<'start'>): Promise<ActionResult[]> {
  if (!params.stopped) return startAgain(supervisor, there.map(nameOf), { ...params, env: undefined, updateEnv: false })
  return savedTogether(
    supervisor,
    there.map((managed) => success(supervisor, managed, 'defined already')),
  )
}

async function startAgain(supervisor: Supervisor, targets: readonly string[], params: Params<'start'>): Promise<ActionResult[]> {
  const { matched } = select(supervisor, targets)
  const session = params.session && supervisor.sessions.resolve(params.session)
  // All of them: the halt is over.
  if (targets.includes('all')) await supervisor.halt.lift()
  const listeners = listenersFor(
    supervisor,
    matched.map((managed) => managed.record.definition),
  )
  const act = async (managed: Managed): Promise<ActionResult> => {
    refuseExternal('start', managed)
    if (isEnded(managed.record.tracked.state.status)) refuseSpentInput('start', managed)
    const changed = await updateEnv(supervisor, managed, params)
    supervisor.sessions.claim(managed, session)
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
  }
  return forEachFitting('start', supervisor, targets, act, params.noWait ? undefined : outcomeSince(supervisor))
}

/** A job's input can be read only once, so it cannot have a second run. */
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

/** The caller that a job with `autoRemove` stays for; null = the connection. */
function removedFor({ world }: Supervisor, { definition, caller, ifMissing, instances }: Params<'start'>): Identity | null {
  const no = (why: string, hint: string): PtrackError =>
    new PtrackError('USAGE', `cannot run ${definition?.name ?? ''} with --rm: ${why}`, { hint })
  if (definition?.kind !== 'job' || ifMissing || instances !== undefined)
    throw no('only a single new job is deleted when it has ended', 'use `ptrack run --rm`')
  if (definition.leftovers === 'keep')
    throw no('`--leftovers keep` lets its children live, and nothing would own them', 'leave out one of the two')
  if (caller === undefined) return null
  const identity = world.table.identityOf(caller)
  if (identity !== null) return identity
  throw no(`the daemon does not see its caller, pid ${caller}`, 'call it where the daemon runs (in the same container)')
}

/** A name in a project needs that project; the first one there brings its directory. */
function enterProject({ projects }: Supervisor, name: string, directory: string | undefined): void {
  const project = projectOf(name)
  if (project === null) return
  if (directory !== undefined) projects.register(project, directory)
  else if (!Object.hasOwn(projects.all, project))
    throw new PtrackError('USAGE', `cannot start ${name}: there is no project ${project}`, {
      hint: `\`--project ${project} --name ${shortName(name)}\` makes one of this directory`,
    })
}
