/** restart: new runs of processes; stopped ones start. */
import { changedEnv, withEnv } from '../input/new-process.ts'
import { onTargets, withNoWait } from '../input/targets.ts'

export const restart = onTargets(
  'restart',
  (command) =>
    withNoWait(withEnv(command)).option(
      '--dependents',
      'and the services that depend on them (--after): stopped before, started after',
    ),
  (context, targets, options) =>
    context.request('restart', {
      targets,
      ...changedEnv(context.io, options),
      dependents: options.dependents === true,
      noWait: options.wait === false,
    }),
)
