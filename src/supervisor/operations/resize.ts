/** resize: the size of a terminal, which its next run has too. */
import type { Params } from '../../protocol/requests.ts'
import type { Resized } from '../../protocol/terminal-requests.ts'
import type { Supervisor } from '../create-supervisor.ts'
import { programBelow } from '../terminals.ts'
import { terminalOf } from './shared/terminal-of.ts'

export async function resize(supervisor: Supervisor, { target, rows, columns }: Params<'resize'>): Promise<Resized> {
  const { managed, live } = terminalOf(supervisor, 'resize', target)
  const size = { rows, columns }
  supervisor.terminals.note(managed, size)
  const program = live.program ?? programBelow(supervisor.world.table, live.leader, managed.record)
  return { resized: program !== null && (await supervisor.world.terminals.resize(program, size)) }
}
