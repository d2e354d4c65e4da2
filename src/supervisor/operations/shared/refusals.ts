/** Why an operation does not apply to a process, in the words of its verb. */

import { PtrackError } from '../../../protocol/errors.ts'
import { STATUS_CLAUSES } from '../../../protocol/names.ts'
import { type Managed, nameOf } from '../../registry.ts'

export function notRunning(verb: string, managed: Managed, why?: string): PtrackError {
  const name = nameOf(managed)
  const { status } = managed.record.tracked.state
  const hint =
    verb === 'resume'
      ? undefined
      : status === 'pending'
        ? `\`ptrack cancel ${name}\` takes it out`
        : `\`ptrack start ${name}\` starts it`
  return new PtrackError('NOT_RUNNING', `cannot ${verb} ${name}: it ${why ?? STATUS_CLAUSES[status]}`, { hint })
}

export function refuseExternal(verb: string, managed: Managed): void {
  if (managed.record.definition.kind === 'external')
    throw new PtrackError('USAGE', `cannot ${verb} ${nameOf(managed)}: it is started elsewhere and reports itself`)
}

/** Nothing would be lost for the present run, but the next one could not read anything. */
export function refuseSpentInput(verb: string, managed: Managed): void {
  const { input, tracked } = managed.record
  if (input === undefined || tracked.runNumber === 0) return
  throw new PtrackError(
    'USAGE',
    `cannot ${verb} ${nameOf(managed)}: its input came with its \`ptrack run\` and can be read once`,
    {
      hint: 'run the command again',
    },
  )
}
