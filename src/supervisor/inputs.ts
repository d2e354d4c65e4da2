/**
 * Jobs that read the stdin of a `ptrack run`: if it dies before the end of its input, they are ended, as failed. What was typed
 * at a terminal is over then, as where a terminal is closed.
 */
import type { Identity } from '../core/state.ts'
import type { ProcessRecord, World } from '../core/world.ts'
import { recordFileOf } from '../protocol/input-files.ts'
import { AdoptedWatcher } from './adopted-watcher.ts'
import type { Companion } from './companion.ts'
import type { Host } from './host.ts'
import type { Managed } from './registry.ts'
import { hasTerminal } from './terminals.ts'

const BROKEN_OFF = 'its input broke off: the `ptrack run` that handed it on has died'
/** A `ptrack run` that said `end` and exited at once is not taken for dead until that takes effect. */
const SETTLE_MS = 250

/** Why a run with an input cannot begin; null = it can. */
export function inputRefusal(world: World, { record }: Managed, run: number): { code: string; message: string } | null {
  if (record.input === undefined) return null
  const cannot = `cannot start ${record.definition.name}: `
  if (run > 1)
    return {
      code: 'INPUT_GONE',
      message: `${cannot}its input came with its \`ptrack run\` and was for the first run; run the command again`,
    }
  return world.table.alive(record.input) ? null : { code: 'INPUT_LOST', message: `${cannot}${BROKEN_OFF}; run it again` }
}

/** The stdin of this run comes from a `ptrack run`. */
export function hasInput(world: World, { input, terminalInput }: ProcessRecord, run: number): boolean {
  return input !== undefined || (terminalInput !== undefined && run === 1 && world.table.alive(terminalInput))
}

export class Inputs implements Companion {
  private readonly host: Host
  private readonly callers: AdoptedWatcher
  private readonly watched = new Set<string>()

  constructor(host: Host) {
    this.host = host
    this.callers = new AdoptedWatcher(host.world)
  }

  added(managed: Managed): void {
    this.follow(managed)
  }

  stepped(managed: Managed): void {
    this.follow(managed)
  }

  removed({ record }: Managed): void {
    this.forget(record.id)
  }

  runEnded({ record }: Managed, past: { ref: { number: number } }): void {
    const { world } = this.host
    if (record.input !== undefined || record.terminalInput !== undefined || hasTerminal(record))
      world.spawner.removeInput(recordFileOf(world.home, record.id, past.ref.number))
  }

  close(): void {
    this.callers.close()
  }

  private follow(managed: Managed): void {
    const { id } = managed.record
    const caller = callerOf(managed.record)
    if (caller === undefined) return
    if (!isReading(managed)) return this.forget(id)
    if (this.watched.has(id)) return
    this.watched.add(id)
    this.callers.watch(id, caller, () => this.host.world.clock.wakeAfter(SETTLE_MS, () => this.callerDied(managed)))
  }

  private forget(id: string): void {
    if (this.watched.delete(id)) this.callers.forget(id)
  }

  private callerDied(managed: Managed): void {
    const { world } = this.host
    const { id, tracked, input } = managed.record
    const run = tracked.runNumber
    const file = recordFileOf(world.home, id, run)
    // Paused or being ended: checked again if it continues.
    if (managed.removed || !isReading(managed) || !world.spawner.inputOpen(file)) return
    if (input === undefined) return world.spawner.endInput(file)
    const error = { code: 'INPUT_LOST', message: BROKEN_OFF }
    this.host.submit(managed, { kind: 'violated', run, reason: BROKEN_OFF, error })
  }
}

/** What is typed goes to the first run alone. */
const callerOf = ({ input, terminalInput, tracked }: ProcessRecord): Identity | undefined =>
  input ?? (tracked.runNumber <= 1 ? terminalInput : undefined)

function isReading({ record: { tracked } }: Managed): boolean {
  const { state } = tracked
  return (state.status === 'running' || state.status === 'starting') && 'live' in state && state.live !== null
}
