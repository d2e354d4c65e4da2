/** reload: replaces instances one by one, so that some always serve. */
import { PtrackError } from '../../protocol/errors.ts'
import { RELOADS, type ReloadMode } from '../../protocol/names.ts'
import { changedEnv, withEnv } from '../input/new-process.ts'
import { onTargets } from '../input/targets.ts'

export const reload = onTargets(
  'reload',
  (command) => withEnv(command).option('--mode <how>', 'overlap | serial, whatever the definition says'),
  (context, targets, options) =>
    context.request('reload', { targets, ...changedEnv(context.io, options), mode: modeIn(options.mode) }),
)

function modeIn(text: unknown): ReloadMode | undefined {
  if (text === undefined) return undefined
  const mode = RELOADS.find((each) => each === text)
  if (mode === undefined)
    throw new PtrackError('USAGE', `cannot reload with --mode ${text}: there is no such mode`, { hint: RELOADS.join(' or ') })
  return mode
}
