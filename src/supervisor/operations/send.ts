/** send: types at the terminal of a program. */
import { PtrackError } from '../../protocol/errors.ts'
import { recordFileOf } from '../../protocol/input-files.ts'
import type { Params } from '../../protocol/requests.ts'
import type { Sent } from '../../protocol/terminal-requests.ts'
import type { Supervisor } from '../create-supervisor.ts'
import { nameOf } from '../registry.ts'
import { terminalOf } from './shared/terminal-of.ts'

export function send(supervisor: Supervisor, { target, text, encoding }: Params<'send'>): Sent {
  const { managed } = terminalOf(supervisor, 'send to', target)
  const { id, tracked } = managed.record
  const written = supervisor.world.terminals.type(
    recordFileOf(supervisor.world.home, id, tracked.runNumber),
    Buffer.from(text, encoding),
  )
  if (written === null)
    throw new PtrackError('NOT_RUNNING', `cannot send to ${nameOf(managed)}: it is only just starting, or ending`)
  return { written }
}
