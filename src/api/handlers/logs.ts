/** Reading logs by name. Logs of a deleted process can still be read under its name until they are purged. */
import type { LogPage, Params } from '../../protocol/requests.ts'
import type { Orchestrator } from '../../supervisor/orchestrator.ts'
import { nameOf } from '../../supervisor/registry.ts'
import { notFound, select } from './select.ts'

export function readLogs(orchestrator: Orchestrator, params: Params<'logs.read'>): Promise<LogPage> {
  const { matched, missing } = select(orchestrator, params.targets)
  if (missing.length > 0) throw notFound(missing[0]!)
  return orchestrator.world.logs.read({
    names: matched.map(nameOf),
    stream: params.stream,
    tail: params.tail,
    sinceMs: params.sinceMs,
    run: params.run,
    grep: params.grep,
    cursor: params.cursor,
  })
}
