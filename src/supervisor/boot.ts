/** From the saved state to running supervision: adopt what lives, settle what ended, start what is wanted after a reboot. */
import { rearm } from '../core/cells/returning.ts'
import { restore } from '../core/restore.ts'
import type { ProcessRecord } from '../core/world.ts'
import type { Orchestrator } from './orchestrator.ts'
import { liveRunOf, type Managed, nameOf } from './registry.ts'

export interface BootReport {
  adopted: number
  lost: number
  processes: number
  notes: string[]
  quarantined: string[]
}

export async function boot(orchestrator: Orchestrator): Promise<BootReport> {
  const { world } = orchestrator
  const loaded = await world.store.load()
  for (const note of loaded.notes) world.log.warn('ProcessStateStore', note)
  const rebooted = loaded.bootId !== null && loaded.bootId !== world.table.bootId
  const index = orchestrator.index()
  let adopted = 0
  let lost = 0
  const managed = loaded.records.map((record) => orchestrator.track(record))

  if (rebooted) for (const each of managed) orchestrator.submit(each, { kind: 'rebooted' })
  else {
    for (const each of managed) {
      const { record } = each
      const restored = restore(record, index, world.home, world.clock.mono(), recordedExit(orchestrator, record))
      record.tracked = restored.tracked
      if (restored.adopted) {
        adopted++
        adopt(orchestrator, each)
      }
      if (restored.fact !== null) {
        if (restored.fact.kind === 'exited') lost++
        if (restored.fact.kind === 'spawned') restored.fact.live.startedAtMs = world.table.startedAtMs(restored.fact.live.leader)
        orchestrator.submit(each, restored.fact)
      }
      if (restored.respawn && 'run' in record.tracked.state)
        orchestrator.performAll(each, [{ do: 'spawn', run: record.tracked.state.run, durable: false }])
      if (restored.adopted && restored.fact === null)
        orchestrator.performAll(each, rearm(record.tracked, orchestrator.context(each)))
      if (restored.adopted) orchestrator.watchAdopted(each)
      // Stopped, yet wanted: `daemon stop --kill-children` ended it for the daemon's sake.
      if (record.tracked.state.status === 'stopped' && record.tracked.wanted === 'up')
        orchestrator.submit(each, { kind: 'startRequested' })
      else if (record.tracked.state.status === 'retrying')
        orchestrator.performAll(each, rearm(record.tracked, orchestrator.context(each)))
    }
  }
  const interrupted = await world.logs.recover()
  for (const note of interrupted) world.log.info('LogKeeper', note)
  orchestrator.monitor.start()
  orchestrator.sampler.start()
  if (adopted > 0) orchestrator.sampler.soon()
  const report = { adopted, lost, processes: managed.length, notes: loaded.notes, quarantined: loaded.quarantined }
  orchestrator.events.publish('initialized', null, { adopted, lost, processes: managed.length, restarted: managed.length > 0 })
  world.log.info(
    'Orchestrator',
    `initialized: ${managed.length} processes known, ${adopted} adopted, ${lost} ended meanwhile${rebooted ? ', the machine was rebooted' : ''}`,
  )
  return report
}

function recordedExit(orchestrator: Orchestrator, record: ProcessRecord) {
  const { state } = record.tracked
  if (!('run' in state)) return null
  const { definition, id } = record
  if (definition.kind !== 'job' && !definition.recordExit) return null
  return orchestrator.world.spawner.recordedExit(`${orchestrator.world.home}/runs/${id}.${state.run.number}`)
}

/** Wall times of a run that was found rather than read are taken from the kernel. */
function adopt(orchestrator: Orchestrator, managed: Managed): void {
  const { world } = orchestrator
  const live = liveRunOf(managed)
  if (live === null) return
  if (live.startedAtMs === 0) {
    live.startedAtMs = world.table.startedAtMs(live.leader)
    managed.record.startedAtMs = live.startedAtMs
    managed.record.endedAtMs = null
  }
  const { definition } = managed.record
  if ((definition.kind === 'job' || definition.recordExit) && live.program === null)
    live.program = world.table.firstChild(live.leader.pid)
  orchestrator.changed(managed)
  world.log.info(
    'Orchestrator',
    `adopted '${nameOf(managed)}' (PID: ${(live.program ?? live.leader).pid}, run ${managed.record.tracked.runNumber})`,
  )
  orchestrator.events.publish(
    'processStarted',
    { name: nameOf(managed), id: managed.record.id },
    { run: managed.record.tracked.runNumber, pid: (live.program ?? live.leader).pid, adopted: true },
  )
}
