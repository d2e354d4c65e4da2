/** Reading logs by name. Logs of a deleted process can still be read under its name until they are purged. */
import { ProcessName } from '../../protocol/definition.ts'
import type { LogPage, Params } from '../../protocol/requests.ts'
import type { Orchestrator } from '../../supervisor/orchestrator.ts'
import { nameOf } from '../../supervisor/registry.ts'
import { notFound, select } from './select.ts'

export function readLogs(orchestrator: Orchestrator, params: Params<'logs.read'>): Promise<LogPage> {
  const { matched, missing } = select(orchestrator, params.targets)
  const { logs } = orchestrator.world
  const deleted = missing.filter((name) => ProcessName.safeParse(name).success && logs.has(name))
  const unknown = missing.find((name) => !deleted.includes(name))
  if (unknown !== undefined) throw notFound(unknown)
  return logs.read({
    names: [...matched.map(nameOf), ...deleted],
    stream: params.stream,
    tail: params.tail,
    sinceMs: params.sinceMs,
    run: params.run,
    grep: params.grep,
    cursor: params.cursor,
  })
}
