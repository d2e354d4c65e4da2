/** Which runs have a recorder, and the exit it wrote. */
import type { ExitFact } from '../core/state.ts'
import type { ProcessRecord, World } from '../core/world.ts'
import { recordFileOf } from '../protocol/input-files.ts'

/** The exit-record file of this run; null without a recorder. */
export const exitRecordOf = ({ home }: Pick<World, 'home'>, { id, definition }: ProcessRecord, run: number): string | null =>
  definition.kind === 'job' || definition.recordExit || definition.tty || definition.sockets.length > 0
    ? recordFileOf(home, id, run)
    : null

export function recordedExit(world: Pick<World, 'home' | 'spawner'>, record: ProcessRecord, run: number): ExitFact | null {
  const file = exitRecordOf(world, record, run)
  return file === null ? null : world.spawner.recordedExit(file)
}
