/** cancel: jobs end as cancelled. */
import { onTargets, withNoWait } from '../input/targets.ts'

export const cancel = onTargets('cancel', withNoWait, (context, targets, options) =>
  context.request('cancel', { targets, noWait: options.wait === false }),
)
