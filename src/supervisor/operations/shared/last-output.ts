/** What a run wrote last, for a person who wants to know why it failed: of that run alone, without colours and secrets. */
import { stripVTControlCharacters } from 'node:util'
import { laneOf, Redactor } from '../../../core/redact.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import type { Supervisor } from '../../create-supervisor.ts'
import { type Managed, nameOf } from '../../registry.ts'

/** The last lines of one stream of a run; none where the log does not hold it any more. */
export async function lastLines(
  { world }: Supervisor,
  managed: Managed,
  from: { run: number; stream: 'out' | 'err' },
  tail: number,
): Promise<string[]> {
  try {
    const { lines } = await world.logs.read({ names: [nameOf(managed)], ...from, tail })
    // Logs outlive what is deleted, and runs are counted anew: an earlier holder of the name has nothing to say here.
    const own = lines.filter(({ at }) => at === null || Date.parse(at) >= managed.record.createdAtMs)
    const plain = own.map((line) => ({ ...line, text: stripVTControlCharacters(line.text) }))
    return new Redactor().lines(plain, laneOf).map(({ text }) => text)
  } catch (error) {
    if (!(error instanceof PtrackError)) throw error
    return []
  }
}

/** stderr, which says why; stdout where nothing stands there. */
export async function lastOutput(supervisor: Supervisor, managed: Managed, run: number, tail: number): Promise<string[]> {
  const said = await lastLines(supervisor, managed, { run, stream: 'err' }, tail)
  return said.length > 0 ? said : lastLines(supervisor, managed, { run, stream: 'out' }, tail)
}
