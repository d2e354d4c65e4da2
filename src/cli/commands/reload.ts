/** reload: restarts instances one by one, so that some always serve. */
import { changedEnv, withEnv } from '../input/new-process.ts'
import { onTargets } from '../input/targets.ts'

export const reload = onTargets('reload', withEnv, (context, targets, options) =>
  context.request('reload', { targets, ...changedEnv(context.io, options) }),
)
