/** attach: where to continue reading what a terminal shows. That changes nothing; a viewer may. */
import type { Params } from '../../protocol/requests.ts'
import type { Attachment } from '../../protocol/terminal-requests.ts'
import type { Supervisor } from '../create-supervisor.ts'
import { nameOf } from '../registry.ts'
import { terminalOf } from './shared/terminal-of.ts'

export function attach(supervisor: Supervisor, params: Params<'attach'>): Attachment {
  const { managed } = terminalOf(supervisor, 'attach to', params.target)
  const name = nameOf(managed)
  return {
    id: managed.record.id,
    name,
    run: managed.record.tracked.runNumber,
    from: supervisor.world.logs.endOf(name, 'out'),
    size: supervisor.terminals.knownSize(managed),
  }
}
