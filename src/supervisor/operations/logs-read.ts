/** logs.read: by name; logs of a deleted process by its name, or by its id once the name is reused, until purged. */
import { EncodedPage } from '../../core/encoded-page.ts'
import { Redactor, streamKey } from '../../core/redact.ts'
import { isUnkept, logFilesOf } from '../../protocol/log-files.ts'
import { notFound } from '../../protocol/not-found.ts'
import type { LogPage, Params } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'
import { type Managed, nameOf } from '../registry.ts'
import { select } from './shared/select.ts'

export async function logsRead(supervisor: Supervisor, params: Params<'logs.read'>, signal: AbortSignal): Promise<LogPage> {
  const { matched, missing } = select(supervisor, params.targets)
  const { logs } = supervisor.world
  const gone = missing.map((target) => {
    const kept = logs.keptAs(target)
    if (kept === null) throw notFound(target)
    return kept
  })
  const query = {
    names: [...matched.map(nameOf), ...gone],
    stream: params.stream,
    tail: params.tail,
    sinceMs: params.sinceMs,
    untilMs: params.untilMs,
    before: params.before,
    run: params.run,
    grep: params.grep,
    max: params.max,
    cursor: params.cursor,
  }
  const page = await logs.read(query, signal)
  if (page instanceof EncodedPage) return page
  const notices = [...(params.cursor === undefined ? matched.flatMap(unkept) : []), ...page.notices]
  return { ...page, notices, lines: new Redactor().lines(page.lines, streamKey) }
}

/** Not to be taken for a program that prints nothing. */
function unkept({ record: { definition } }: Managed): string[] {
  const files = Object.values(logFilesOf(definition)).filter((file): file is string => file !== null && isUnkept(file))
  return files.length === 0 ? [] : [`no log is kept of what ${definition.name} writes to ${[...new Set(files)].join(' and ')}`]
}
