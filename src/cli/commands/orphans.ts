/** orphans: leftover processes, with the evidence. */
import { formatDuration } from '../../protocol/duration.ts'
import type { OrphanView } from '../../protocol/view.ts'
import { UNKNOWN } from '../../words/status.ts'
import { clean } from '../../words/text.ts'
import type { CommandSpec } from '../command.ts'
import { type Column, renderColumns } from '../output/columns.ts'

const age = (since: string, nowMs: number): string =>
  Number.isNaN(Date.parse(since)) ? UNKNOWN : formatDuration(Math.max(0, nowMs - Date.parse(since)))

export function orphanColumns(nowMs: number): Column<OrphanView>[] {
  const column = (
    key: string,
    of: (orphan: OrphanView) => string,
    more: Partial<Column<OrphanView>> = {},
  ): Column<OrphanView> => ({
    key,
    title: key,
    cell: (orphan) => ({ text: clean(of(orphan)) }),
    ...more,
  })
  return [
    column('pid', (one) => String(one.pid), { align: 'right' }),
    column('kind', (one) => one.kind),
    column('process', (one) => one.process ?? UNKNOWN, { shrinkTo: 8 }),
    column('age', (one) => age(one.since, nowMs), { align: 'right', dropOrder: 2 }),
    column('ports', (one) => one.ports.join(',') || UNKNOWN, { dropOrder: 1 }),
    column('command', (one) => one.command, { shrinkTo: 12 }),
    column('evidence', (one) => one.evidence, { shrinkTo: 12 }),
  ]
}

export const orphans: CommandSpec = {
  name: 'orphans',
  group: 'orphans',
  summary: 'list left-over processes and port conflicts, with the evidence',
  define: () => async (context) => {
    const found = await context.request('orphans', {})
    if (context.json) context.printJson(found)
    else if (found.length === 0) context.note('no orphans')
    else context.io.out(`${renderColumns(orphanColumns(Date.now()), found, context.width, context.style.dim).join('\n')}\n`)
    return 0
  },
}
