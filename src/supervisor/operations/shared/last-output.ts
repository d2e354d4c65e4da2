/** The last output of a run, to show why it failed: of that run only, without colours and secrets. */
import { stripVTControlCharacters } from 'node:util'
import { Redactor, streamKey } from '../../../core/redact.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import type { Supervisor } from '../../create-supervisor.ts'
import { type Managed, nameOf } from '../../registry.ts'

/** Of the newest failed run: enough for the line that names the error above a long stack. */
export const FAILURE_LINES = 40

/** The last lines of one stream of a run; none once the log has dropped them. */
export async function lastLines(
  { world }: Supervisor,
  managed: Managed,
  from: { run: number; stream: 'out' | 'err' },
  tail: number,
): Promise<string[]> {
  try {
    const { lines } = await world.logs.read({ names: [nameOf(managed)], ...from, tail })
    // Logs outlive deleted processes, and run numbers start over: skip those of an earlier process of this name.
    const own = lines.filter(({ at }) => at === null || Date.parse(at) >= managed.record.createdAtMs)
    const plain = own.map((line) => ({ ...line, text: stripVTControlCharacters(line.text) }))
    return new Redactor().lines(plain, streamKey).map(({ text }) => text)
  } catch (error) {
    if (!(error instanceof PtrackError)) throw error
    return []
  }
}

/** stderr, or stdout if that is empty. */
export async function lastOutput(supervisor: Supervisor, managed: Managed, run: number, tail: number): Promise<string[]> {
  const said = await lastLines(supervisor, managed, { run, stream: 'err' }, tail)
  return said.length > 0 ? said : lastLines(supervisor, managed, { run, stream: 'out' }, tail)
}
