/** What a schema cannot check of a definition (schedules, globs, triggers), before anything is created. */
import type { World } from '../../../core/world.ts'
import type { Definition } from '../../../protocol/definition.ts'
import { checkGlobs } from '../../../protocol/globs.ts'
import { parseAction, parseTriggers } from '../../../protocol/hooks.ts'

export async function checkDefinition(
  world: Pick<World, 'timetable' | 'files'>,
  { cron, watchFiles, hooks }: Partial<Pick<Definition, 'cron' | 'watchFiles' | 'hooks'>>,
): Promise<void> {
  checkGlobs(watchFiles ?? [])
  for (const glob of watchFiles ?? []) await world.files.check(glob)
  for (const { on, run } of hooks ?? []) {
    parseTriggers(on)
    parseAction(run)
  }
  if (cron) await world.timetable.read(cron)
}
