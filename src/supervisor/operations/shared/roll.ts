/** Rolling reloads: one instance after the other, undone as a whole when a new one does not become healthy. */
import { isProbed } from '../../../core/policy.ts'
import type { Definition } from '../../../protocol/definition.ts'
import { withRunFieldsOf } from '../../../protocol/fields.ts'
import { isEnded, type ReloadMode } from '../../../protocol/names.ts'
import type { ActionResult } from '../../../protocol/requests.ts'
import { beforeReload, type Roll } from '../../../protocol/settings.ts'
import type { Supervisor } from '../../create-supervisor.ts'
import { hasBeside, type Managed, nameOf } from '../../registry.ts'
import { begin } from './begin.ts'
import { listenersFor } from './free-ports.ts'
import { Turns } from './turns.ts'

/** What became of each instance; those in neither set were left as they were. */
export interface RollEnd {
  /** Why the new version is not used; null = it serves. */
  why: string | null
  /** The instance at which it failed, and how its start was answered where it was restarted. */
  failed: Managed | null
  answer: ActionResult | null
  replaced: ReadonlySet<Managed>
  rolledBack: ReadonlySet<Managed>
  /** Until the last new instance served, and until the last old one was gone. */
  servingMs: number
  ms: number
  /** Connections that were still open when their instance was ended. */
  cut: number
}

type Outcome = { ok: true } | { ok: false; why: string; answer: ActionResult | null }

const turns = new Turns()

/** `updateEnv` writes the new environment, and answers whether there is one. */
export function roll(
  supervisor: Supervisor,
  name: string,
  members: readonly Managed[],
  mode: ReloadMode,
  updateEnv: () => Promise<boolean>,
): Promise<RollEnd> {
  return turns.take(supervisor, name, async () => {
    const { envs } = supervisor.world
    const stored = envs.read(name)
    if (stored !== null) await envs.write(beforeReload(name), stored)
    const env = await updateEnv()
    if (!env) await envs.remove(beforeReload(name))
    const before = Object.fromEntries(
      members.flatMap(({ record }) => (record.ranWith === undefined ? [] : [[record.id, { ...record.ranWith }]])),
    )
    const begun: Roll = { mode, runs: runsOf(members), before, env, why: null }
    await save(supervisor, name, begun)
    return carryOut(supervisor, name, begun, members)
  })
}

/** At boot: finishes, or undoes, what an earlier daemon had begun. */
export function resumeRolls(supervisor: Supervisor): void {
  const { registry, world, settings } = supervisor
  for (const [name, begun] of Object.entries(settings.now.reloads ?? {})) {
    const members = Object.keys(begun.runs).flatMap((id) => registry.get(id) ?? [])
    world.log.info('Reload', `continues the reload of ${name}`)
    void turns.take(supervisor, name, () => carryOut(supervisor, name, begun, members))
  }
}

async function carryOut(supervisor: Supervisor, name: string, begun: Roll, members: readonly Managed[]): Promise<RollEnd> {
  const { world, events, handovers } = supervisor
  const startMono = world.clock.mono()
  const since = (): number => Math.round(world.clock.mono() - startMono)
  const cuts = (): number => members.reduce((sum, managed) => sum + handovers.cutOf(managed), 0)
  const cutsBefore = cuts()
  let failure: { managed: Managed | null; why: string; answer: ActionResult | null } | null =
    begun.why === null ? await replaceAll(supervisor, members, begun) : { managed: null, why: begun.why, answer: null }
  if (failure !== null && members.every(({ removed }) => removed)) failure = { ...failure, why: 'it was deleted meanwhile' }
  const replaced = new Set(members.filter((managed) => isReplaced(managed, begun)))
  const rolledBack = new Set<Managed>()
  if (failure !== null) {
    for (const managed of await undo(supervisor, name, begun, members, replaced, failure.why)) rolledBack.add(managed)
    for (const managed of rolledBack) replaced.delete(managed)
    events.publish('reloadRolledBack', null, { set: name, why: failure.why })
  }
  const servingMs = since()
  await Promise.all(members.map((managed) => handovers.quiet(managed)))
  await world.envs.remove(beforeReload(name))
  await save(supervisor, name, null)
  return {
    why: failure?.why ?? null,
    failed: failure?.managed ?? null,
    answer: failure?.answer ?? null,
    replaced,
    rolledBack,
    servingMs,
    ms: since(),
    cut: cuts() - cutsBefore,
  }
}

/** One after the other, and none after the first that fails. */
async function replaceAll(supervisor: Supervisor, members: readonly Managed[], begun: Roll) {
  for (const managed of members) {
    if (managed.removed) continue
    // A successor that an earlier daemon started decides first.
    await supervisor.waiters.until(managed, ({ record }) => (record.handover?.successor ?? null) === null, null)
    if (isReplaced(managed, begun)) continue
    const outcome = await replace(supervisor, managed, begun.mode)
    if (!outcome.ok) return { managed, why: outcome.why, answer: outcome.answer }
    managed.record.refused = undefined
  }
  return null
}

async function replace(supervisor: Supervisor, managed: Managed, mode: ReloadMode): Promise<Outcome> {
  const { wanted, state } = managed.record.tracked
  if (mode === 'overlap' && wanted === 'up' && !isEnded(state.status)) {
    const outcome = await supervisor.handovers.begin(managed)
    return outcome.ok ? outcome : { ...outcome, answer: null }
  }
  const { definition } = managed.record
  const listeners = listenersFor(supervisor, [definition])
  const answer = await begin(supervisor, managed, listeners, false, { kind: 'restartRequested' })
  if (answer.ok && isProbed(definition))
    await supervisor.waiters.until(managed, (each) => each.observed.health.health === 'healthy', definition.readyTimeoutMs)
  return answer.ok ? { ok: true } : { ok: false, why: whyNot(managed, answer), answer }
}

const whyNot = (managed: Managed, { error }: ActionResult): string =>
  error?.message.replace(`cannot start ${nameOf(managed)}: `, '') ?? 'it did not start'

/** The definitions from before stand again, and those that run the new one are replaced once more. */
async function undo(
  supervisor: Supervisor,
  name: string,
  begun: Roll,
  members: readonly Managed[],
  replaced: ReadonlySet<Managed>,
  why: string,
): Promise<Managed[]> {
  const { world } = supervisor
  const isChanged = begun.env || Object.keys(begun.before).length > 0
  const back = isChanged ? members.filter((managed) => !managed.removed && runsNew(managed, replaced, begun)) : []
  if (begun.why === null) await save(supervisor, name, { ...begun, runs: runsOf(back), why })
  const env = begun.env ? world.envs.read(beforeReload(name)) : null
  if (env !== null) await world.envs.write(name, env)
  for (const managed of isChanged ? members : []) {
    const { record } = managed
    if (managed.removed) continue
    // A daemon that was killed here may have done it.
    const isKnown = begun.why !== null && record.refused !== undefined
    if (!isKnown) record.refused = { definition: record.definition, why, atMs: world.clock.wall() }
    const before = begun.before[record.id] as Partial<Definition> | undefined
    if (before !== undefined) supervisor.orchestrator.redefine(managed, withRunFieldsOf(record.definition, before))
    if (!back.includes(managed)) record.ranWith = undefined
    supervisor.changed(managed)
  }
  for (const managed of back) {
    const outcome = await replace(supervisor, managed, begun.mode)
    if (!outcome.ok) world.log.warn('Reload', `the old version of '${nameOf(managed)}' does not start: ${outcome.why}`)
  }
  return back
}

const runIdOf = ({ record: { tracked } }: Managed): string | null => ('run' in tracked.state ? tracked.state.run.id : null)

const runsOf = (members: readonly Managed[]): Roll['runs'] =>
  Object.fromEntries(members.map((managed) => [managed.record.id, runIdOf(managed)]))

const isReplaced = (managed: Managed, { runs }: Roll): boolean => {
  const id = runIdOf(managed)
  return id !== null && id !== runs[managed.record.id] && managed.record.tracked.state.status === 'running'
}

/** Serially, the one that failed has given its place to the new version. */
function runsNew(managed: Managed, replaced: ReadonlySet<Managed>, { mode, runs, why }: Roll): boolean {
  const id = managed.record.id
  if (why !== null) return id in runs && runs[id] === runIdOf(managed)
  return replaced.has(managed) || (mode === 'serial' && runIdOf(managed) !== runs[id] && !hasBeside(managed))
}

function save({ settings }: Supervisor, name: string, present: Roll | null): Promise<void> {
  const { [name]: _, ...others } = settings.now.reloads ?? {}
  // A full disk must keep no version from serving; the store reports it.
  return settings.change({ reloads: present === null ? others : { ...others, [name]: present } }).catch(() => undefined)
}
