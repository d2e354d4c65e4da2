/** scale: how many instances are wanted up. Those up stay, as many others as needed start, the rest is removed. */
import { resolve } from '../../core/targets.ts'
import type { Definition } from '../../protocol/definition.ts'
import { PtrackError } from '../../protocol/errors.ts'
import { isEnded } from '../../protocol/names.ts'
import { notFound } from '../../protocol/not-found.ts'
import { isPattern } from '../../protocol/patterns.ts'
import type { ActionResult, Params } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'
import { isOver, type Managed, nameOf } from '../registry.ts'
import { forget } from './delete.ts'
import { createRecord, defineInstance, refuseNames, setLogsAside } from './shared/define.ts'
import { listenersFor, refuseTakenPorts } from './shared/free-ports.ts'
import { startOutcome, stopOutcome, waitNote } from './shared/outcome.ts'
import { refuseExternal } from './shared/refusals.ts'
import { answered, savedTogether, success } from './shared/select.ts'
import { Turns } from './shared/turns.ts'

const turns = new Turns()

export async function scale(supervisor: Supervisor, params: Params<'scale'>): Promise<ActionResult[]> {
  const { base } = setOf(supervisor, params.target)
  return turns.take(supervisor, base, () => scaleNow(supervisor, params))
}

async function scaleNow(supervisor: Supervisor, params: Params<'scale'>): Promise<ActionResult[]> {
  const { base, group } = setOf(supervisor, params.target)
  if (params.instances === 0) return scaleToNone(supervisor, group)
  const kept = group.slice(0, params.instances)
  const template = (kept[0] ?? group[0])!.record
  const used = new Set(group.map(indexOf))
  const missing: Definition[] = []
  for (let index = 0; missing.length + kept.length < params.instances; index++)
    if (!used.has(index)) missing.push(await defineInstance(supervisor, template.definition, base, index))
  await setLogsAside(
    supervisor,
    missing.map((definition) => definition.name),
  )
  // Checked before the first is made: another process may have one of the names.
  refuseNames(
    supervisor,
    missing.map((definition) => definition.name),
  )
  const idle = kept.filter((managed) => !isUp(managed))
  const coming = [...idle.map((managed) => managed.record.definition), ...missing]
  const listeners = listenersFor(supervisor, coming)
  for (const definition of coming) refuseTakenPorts(supervisor, definition, listeners)
  const { session, definedBy } = template
  const added = missing.map((definition) => createRecord(supervisor, definition, template.owner, { session, definedBy }))
  for (const managed of added) supervisor.submit(managed, { kind: 'admitted' })
  const begun = [...added.map((managed) => ({ managed, runBefore: 0 })), ...idle.map((managed) => again(supervisor, managed))]
  const started = begun.map(({ managed, runBefore }) =>
    answered(supervisor, managed, async () =>
      params.noWait ? success(supervisor, managed, waitNote(supervisor, managed)) : startOutcome(supervisor, managed, runBefore),
    ),
  )
  const removed = group.slice(params.instances).map((managed) => answered(supervisor, managed, () => remove(supervisor, managed)))
  const results = await Promise.all([...started, ...removed])
  return results.length > 0 ? savedTogether(supervisor, results) : [success(supervisor, kept[0]!, `already ${params.instances}`)]
}

/** Only instances hold the definition, so the first one stays, stopped: scaling up again starts from it. */
async function scaleToNone(supervisor: Supervisor, group: readonly Managed[]): Promise<ActionResult[]> {
  const [first, ...others] = [...group].sort((a, b) => indexOf(a) - indexOf(b))
  const stop = async (managed: Managed): Promise<ActionResult> => {
    await end(supervisor, managed)
    return success(supervisor, managed, 'stopped; its definition stays, `ptrack delete` removes it')
  }
  return savedTogether(
    supervisor,
    await Promise.all([
      answered(supervisor, first!, () => stop(first!)),
      ...others.map((managed) => answered(supervisor, managed, () => remove(supervisor, managed))),
    ]),
  )
}

/** Those to keep first: what runs well, what is up, then the others; each by index. */
function setOf(supervisor: Supervisor, target: string): { base: string; group: Managed[] } {
  if (isPattern(target))
    throw new PtrackError('USAGE', `cannot scale '${target}': it is a pattern`, { hint: 'name the instances by what they share' })
  const [first] = resolve(target, supervisor.registry)
  if (first === undefined) throw notFound(target)
  refuseExternal('scale', first)
  const { name, instance } = first.record.definition
  // A single instance cannot be scaled, unless the name of the set was meant.
  if (instance !== null && instance.of !== target)
    throw new PtrackError('USAGE', `cannot scale ${name}: it is one of the instances of ${instance.of}`, {
      hint: `\`ptrack scale ${instance.of} N\` changes how many there are`,
    })
  const base = instance?.of ?? name
  const group = supervisor.registry.find('name', base)
  return { base, group: group.sort((a, b) => worth(b) - worth(a) || indexOf(a) - indexOf(b)) }
}

/** A process started without --instances counts as the first. */
const indexOf = (managed: Managed): number => managed.record.definition.instance?.index ?? 0

/** An ended job is done; it is not a missing instance. */
function isUp({ record: { definition, tracked } }: Managed): boolean {
  if (definition.kind === 'job' && tracked.state.status === 'done') return true
  return tracked.wanted === 'up' && !isEnded(tracked.state.status)
}

/** Of instances that want one port, the one that has it is the only one that does not fail. */
function worth(managed: Managed): number {
  if (!isUp(managed)) return 0
  const { state, failures } = managed.record.tracked
  return state.status === 'running' && failures.length === 0 ? 2 : 1
}

function again(supervisor: Supervisor, managed: Managed): { managed: Managed; runBefore: number } {
  const runBefore = managed.record.tracked.runNumber
  supervisor.submit(managed, { kind: 'startRequested' })
  return { managed, runBefore }
}

async function end(supervisor: Supervisor, managed: Managed): Promise<void> {
  supervisor.submit(managed, { kind: 'stopRequested', timeoutMs: null })
  if (!isOver(managed)) await stopOutcome(supervisor, managed, undefined)
}

async function remove(supervisor: Supervisor, managed: Managed): Promise<ActionResult> {
  await end(supervisor, managed)
  // With two scaling at once, the later one may have asked for it again.
  if (managed.record.tracked.wanted === 'up')
    throw new PtrackError('FAILED', `cannot remove ${nameOf(managed)}: it was started again meanwhile`)
  if (!managed.removed) await forget(supervisor, managed, false)
  return success(supervisor, managed, 'removed')
}
