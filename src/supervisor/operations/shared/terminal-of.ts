/** The run behind a target that has a terminal. */
import type { LiveRun } from '../../../core/state.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import { notFound } from '../../../protocol/not-found.ts'
import type { Supervisor } from '../../create-supervisor.ts'
import { liveRunOf, type Managed, nameOf } from '../../registry.ts'
import { hasTerminal } from '../../terminals.ts'
import { notRunning, refuseExternal } from './refusals.ts'
import { select } from './select.ts'

/** Throws NOT_FOUND, NOT_RUNNING, and BAD_REQUEST for what has no terminal. */
export function terminalOf(supervisor: Supervisor, verb: string, target: string): { managed: Managed; live: LiveRun } {
  const [managed, another] = select(supervisor, [target]).matched
  if (managed === undefined) throw notFound(target)
  if (another !== undefined)
    throw new PtrackError('BAD_REQUEST', `cannot ${verb} '${target}': more than one process matches it`, {
      hint: 'name one of them',
    })
  refuseExternal(verb, managed)
  const name = nameOf(managed)
  const live = liveRunOf(managed)
  const isOn = hasTerminal(managed.record)
  if (live === null && (isOn || managed.record.definition.tty)) throw notRunning(verb, managed)
  if (live === null || !isOn)
    throw new PtrackError('BAD_REQUEST', `cannot ${verb} ${name}: it has no terminal of its own`, {
      hint: `\`ptrack set ${name} --tty\` gives it one at its next start, \`ptrack logs -f ${name}\` follows its output`,
    })
  return { managed, live }
}
