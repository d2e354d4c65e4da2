/** projects, as a table. */
import type { ProjectView } from '../../../protocol/view.ts'
import { clean } from '../../../words/text.ts'
import type { Context } from '../../context.ts'
import { tableText } from '../../output/table.ts'

export async function projects(context: Context): Promise<number> {
  const reply = await context.request('projects', {})
  if (context.json) context.printJson(reply)
  else if (reply.length === 0) context.note('there are no projects yet; `ptrack up` in a directory with a ptrack.yaml makes one')
  else
    context.io.out(
      tableText<ProjectView>(context, reply, [
        { title: 'project', of: (row) => clean(row.name), shrinkTo: 8 },
        { title: 'running', of: (row) => String(row.running), align: 'right' },
        { title: 'processes', of: (row) => String(row.processes), align: 'right' },
        {
          title: 'directory',
          of: (row) => `${clean(row.directory)}${row.gone ? ' (gone)' : ''}`,
          shrinkTo: 10,
          shrinkLast: true,
        },
      ]),
    )
  return 0
}
