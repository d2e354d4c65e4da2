/** The last output of a run, to show why it failed: of that run only, without colours and secrets. */
import { stripVTControlCharacters } from 'node:util'
import { Redactor, streamKey } from '../core/redact.ts'
import type { World } from '../core/world.ts'
import { PtrackError } from '../protocol/errors.ts'
import { type Managed, nameOf } from './registry.ts'

/** Whatever has the logs: a supervisor, or its host. */
interface Logs {
  world: Pick<World, 'logs'>
}

/** Of the newest failed run: enough for the line that names the error above a long stack. */
export const FAILURE_LINES = 40

/** The last lines of one stream of a run; none once the log has dropped them. */
export async function lastLines(
  { world }: Logs,
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
export async function lastOutput(logs: Logs, managed: Managed, run: number, tail: number): Promise<string[]> {
  const said = await lastLines(logs, managed, { run, stream: 'err' }, tail)
  return said.length > 0 ? said : lastLines(logs, managed, { run, stream: 'out' }, tail)
}
