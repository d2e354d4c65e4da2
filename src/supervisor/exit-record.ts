/** Which runs have a recorder, and what it wrote down. */
import type { ExitFact } from '../core/state.ts'
import type { ProcessRecord, World } from '../core/world.ts'
import { recordFileOf } from '../protocol/input-files.ts'

/** Where the recorder of this run writes its exit down; null where it has none. */
export const exitRecordOf = ({ home }: Pick<World, 'home'>, { id, definition }: ProcessRecord, run: number): string | null =>
  definition.kind === 'job' || definition.recordExit ? recordFileOf(home, id, run) : null

export function recordedExit(world: Pick<World, 'home' | 'spawner'>, record: ProcessRecord, run: number): ExitFact | null {
  const file = exitRecordOf(world, record, run)
  return file === null ? null : world.spawner.recordedExit(file)
}
