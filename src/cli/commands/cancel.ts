/** cancel: jobs end as cancelled. */
import { onTargets, withNoWait } from '../input/targets.ts'

export const cancel = onTargets(
  'cancel',
  'end jobs as cancelled; results so far are kept',
  withNoWait,
  (context, targets, options) => context.request('cancel', { targets, noWait: options.wait === false }),
)
