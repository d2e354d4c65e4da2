/** From the saved state to running supervision: adopts live runs, follows up on ended ones, starts what is wanted. */
import { inStartOrder } from '../core/dependencies.ts'
import type { EventOf } from '../core/events.ts'
import { ENDED_TOGETHER, endedTogether, REBOOTED } from '../core/outage.ts'
import { liveByMarker, type Restored, restore } from '../core/restore.ts'
import type { Identity } from '../core/state.ts'
import type { LoadedState } from '../core/world.ts'
import { isEnded } from '../protocol/names.ts'
import type { Supervisor } from './create-supervisor.ts'
import { enterProjects } from './enter-projects.ts'
import { exitRecordOf, recordedExit } from './exit-record.ts'
import { endedForTheDaemon } from './halt.ts'
import { resumeRolls } from './operations/shared/roll.ts'
import { dependingOf, liveRunOf, type Managed, nameOf } from './registry.ts'
import { sessionReason } from './sessions.ts'
import { programBelow } from './terminals.ts'

export interface BootReport {
  adopted: number
  lost: number
  processes: number
  notes: string[]
  quarantined: string[]
}

/** `halt`: only end what an earlier daemon left, and start nothing. `lift`: a person wants everything up. */
export type BootWish = 'halt' | 'lift' | null

export async function boot(supervisor: Supervisor, wish: BootWish = null): Promise<BootReport> {
  const { world } = supervisor
  const { loaded, moved } = await enter(supervisor, await world.store.load())
  for (const note of loaded.notes) world.log.warn('ProcessStateStore', note)
  const rebooted = loaded.bootId !== null && loaded.bootId !== world.table.bootId
  const index = supervisor.trees.index()
  supervisor.settings.load(loaded.settings)
  supervisor.sockets.begin()
  if (loaded.damage.length > 0) supervisor.notices.add(damageNotice(loaded))
  if (wish === 'halt') await supervisor.halt.begin()
  else if (rebooted || wish === 'lift') await supervisor.halt.forget()
  // Dependencies before dependents: a state that is about to change must not count as a met condition.
  const managed = inStartOrder(loaded.records.map((record) => ({ record, ...dependingOf(record) }))).map(({ record }) =>
    supervisor.orchestrator.add(record),
  )
  for (const each of managed) each.saved = true
  if (moved) for (const { record } of managed) world.store.put(record.id)
  const moment = { mono: world.clock.mono(), startedAtMs: (leader: Identity) => world.table.startedAtMs(leader) }
  const restored = managed.map((each) => {
    const { record } = each
    const found = rebooted ? null : restore(record, index, world.home, moment, (run) => recordedExit(world, record, run))
    const { state } = record.tracked
    if (found !== null) supervisor.orchestrator.restore(each, found)
    return found && { ...found, state }
  })
  const together =
    !rebooted &&
    endedTogether(
      restored.filter((found) => found !== null),
      index,
    )
  // Before any log is opened or swept, and after live trees are known, which may have to be thawed.
  for (const note of await world.logs.recover()) world.log.info('LogKeeper', note)
  let adopted = 0
  let lost = 0
  for (const [n, each] of managed.entries()) {
    const found = restored[n] ?? null
    if (found?.adopted) adopted++
    if (found?.fact?.kind === 'exited') lost++
    const ending = endedWith(supervisor, each, wish)
    if (found === null) {
      if (ending !== null && wish !== 'halt') endLost(supervisor, each, ending)
      supervisor.submit(each, { kind: 'rebooted', reason: REBOOTED })
    } else if (ending !== null && !found.adopted && !isEnding(each)) endLost(supervisor, each, ending, found.fact)
    else if (together && startsAnew(each, found)) supervisor.submit(each, { kind: 'rebooted', reason: ENDED_TOGETHER })
    else resume(supervisor, each, found)
    const { id } = each.record
    if (rebooted) supervisor.handovers.lost(each)
    else supervisor.handovers.resume(each, (runId) => liveByMarker(index, world.home, id, runId, moment))
  }
  await supervisor.finalDrain.all()
  supervisor.admission.open(loaded.settings.limits, supervisor.halt.on)
  supervisor.sockets.settle()
  resumeRolls(supervisor)
  supervisor.progressKeeper.begin()
  supervisor.monitor.start()
  supervisor.sampler.start()
  if (adopted > 0) supervisor.sampler.soon()
  const report = { adopted, lost, processes: managed.length, notes: loaded.notes, quarantined: loaded.quarantined }
  supervisor.events.publish('initialized', null, { adopted, lost, processes: managed.length, restarted: managed.length > 0 })
  world.log.info(
    'Orchestrator',
    `initialized: ${managed.length} processes known, ${adopted} adopted, ${lost} ended meanwhile${rebooted ? `, ${REBOOTED}` : together ? `: ${ENDED_TOGETHER}` : ''}`,
  )
  return report
}

/**
 * A container's processes are those of one file, which need no project. That is saved: the next daemon of its home may be one that a
 * command has started.
 */
async function enter({ world, settings }: Supervisor, loaded: LoadedState): Promise<{ loaded: LoadedState; moved: boolean }> {
  const { names, ...entered } = enterProjects(world.runtime ? { ...loaded, records: [] } : loaded)
  if (world.runtime) entered.records = loaded.records
  if (entered.settings === loaded.settings) return { loaded, moved: false }
  await world.logs.rename(names)
  await world.envs.rename(names)
  settings.load(entered.settings)
  settings.note({})
  if (names.size > 0) world.log.info('Orchestrator', `projects: ${[...names.values()].join(', ')} are what files brought before`)
  return { loaded: { ...loaded, ...entered }, moved: names.size > 0 }
}

/** Notes listed in a notice; `daemon status` has the rest. */
const NAMED_NOTES = 3

function damageNotice({ damage, quarantined }: LoadedState): string {
  const more = damage.length > NAMED_NOTES ? `; and ${damage.length - NAMED_NOTES} more, see \`ptrack daemon status\`` : ''
  const kept = quarantined.length > 0 ? `; the damaged file is kept as ${quarantined.join(', ')}` : ''
  return `the saved state was damaged: ${damage.slice(0, NAMED_NOTES).join('; ')}${more}${kept}`
}

/** With a recorded exit more is known, and a job is never begun twice. */
const startsAnew = ({ record }: Managed, { fact }: Restored): boolean =>
  record.definition.kind === 'service' && fact?.kind === 'exited' && fact.exit.kind === 'unknown'

/** What ends a process that no daemon was there for, and would start again: a halt, or the end of its session. */
function endedWith({ sessions }: Supervisor, { record }: Managed, wish: BootWish): EventOf<'stopRequested'> | null {
  const { session, definition } = record
  if (wish === 'halt' && definition.kind === 'service') return { kind: 'stopRequested', timeoutMs: null, cause: 'halt' }
  if (session === undefined || !sessions.isGone(session)) return null
  return { kind: 'stopRequested', timeoutMs: null, reason: sessionReason(session) }
}

/** Its policy would start it again, only to be ended at once. */
function endLost(supervisor: Supervisor, managed: Managed, how: EventOf<'stopRequested'>, fact: Restored['fact'] = null): void {
  if (!isEnded(managed.record.tracked.state.status)) supervisor.submit(managed, how)
  if (fact?.kind === 'exited') supervisor.submit(managed, fact)
}

/** Its post-stop had not ended, and is executed whatever follows. */
const isEnding = ({ record: { tracked } }: Managed): boolean => 'phase' in tracked.state && tracked.state.phase === 'post-stop'

/** Continues one process where the earlier daemon left it. */
function resume(supervisor: Supervisor, managed: Managed, found: Restored): void {
  const { orchestrator } = supervisor
  const { record } = managed
  const again = () => orchestrator.rearm(managed)
  if (found.adopted) adopt(supervisor, managed)
  if (found.fact !== null) {
    supervisor.submit(managed, found.fact)
    // Its leader exited while it was being ended: only a look at the rest of the tree can finish that.
    if (found.fact.kind === 'exited' && record.tracked.state.status === 'completing') again()
  } else if (found.adopted || (record.tracked.state.status === 'retrying' && !supervisor.halt.on)) again()
  if (found.respawn) orchestrator.respawn(managed)
  supervisor.temporaries.resume(managed)
  if (found.adopted) watchAdopted(supervisor, managed)
  if (endedForTheDaemon(managed) && !supervisor.halt.on) supervisor.submit(managed, { kind: 'startRequested' })
}

function adopt(supervisor: Supervisor, managed: Managed): void {
  const { world, events } = supervisor
  const { record } = managed
  const live = liveRunOf(managed)
  if (live === null) return
  const run = record.tracked.runNumber
  const recorded = live.program === null && exitRecordOf(world, record, run) !== null
  const program = live.program ?? (recorded ? programBelow(world.table, live.leader, record) : null)
  if (recorded && program !== null) supervisor.submit(managed, { kind: 'programFound', run, program })
  else supervisor.changed(managed)
  const { pid } = program ?? live.leader
  world.log.info('Orchestrator', `adopted '${nameOf(managed)}' (PID: ${pid}, run ${run})`)
  events.publish('processStarted', { name: nameOf(managed), id: record.id }, { run, pid, adopted: true })
}

/** Polls this run, which another daemon spawned. */
function watchAdopted({ world, adopted, dead, gates, handovers, health }: Supervisor, managed: Managed): void {
  const { definition, tracked } = managed.record
  const live = liveRunOf(managed)
  if (live === null || !('run' in tracked.state)) return
  const { run } = tracked.state
  adopted.watch(run.id, live.leader, () => {
    const { state } = managed.record.tracked
    if ('run' in state && state.run.id === run.id) dead.report(managed)
    else handovers.exited(managed, run, recordedExit(world, managed.record, run.number) ?? { kind: 'unknown' })
  })
  gates.stepped(managed)
  world.logs.adopt(definition.name, tracked.runNumber, { maxBytes: definition.logMaxBytes, keep: definition.logKeep })
  health.stepped(managed)
}
