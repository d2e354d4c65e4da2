/** Which runs have a recorder, and the exit it wrote. */
import { explained } from '../core/exit-meaning.ts'
import type { ExitFact } from '../core/state.ts'
import type { ProcessRecord, World } from '../core/world.ts'
import type { Definition } from '../protocol/definition.ts'
import { recordFileOf } from '../protocol/input-files.ts'

/** The exit-record file of this run; null without a recorder. */
export const exitRecordOf = ({ home }: Pick<World, 'home'>, { id, definition }: ProcessRecord, run: number): string | null =>
  definition.kind === 'job' || definition.recordExit || definition.tty || definition.sockets.length > 0
    ? recordFileOf(home, id, run)
    : null

export function recordedExit(world: Pick<World, 'home' | 'spawner'>, record: ProcessRecord, run: number): ExitFact | null {
  const file = exitRecordOf(world, record, run)
  const exit = file === null ? null : world.spawner.recordedExit(file)
  const { definition, tracked, runs } = record
  const ref = 'run' in tracked.state && tracked.state.run.number === run ? tracked.state.run : null
  const its = ref ?? runs.find((past) => past.ref.number === run)?.ref
  if (exit === null || its === undefined || !hasCgroup(definition)) return exit
  return explained(exit, world.spawner.ranOutOfMemory(definition.name, its))
}

/** Absent in states from before. */
export const hasCgroup = ({ cgroup, cpus, pids }: Definition): boolean => cgroup || Boolean(cpus) || Boolean(pids)
