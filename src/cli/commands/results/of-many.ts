/** results of a set of instances, a glob or a tag: the rows of one process after the other, each with its name. */
import type { ResultPage } from '../../../protocol/history.ts'
import type { ProcessView } from '../../../protocol/view.ts'
import { naturalOrder } from '../../../words/natural-order.ts'
import type { Context } from '../../context.ts'
import { type ResultsOptions, type ShownRow, writerFor } from './writer.ts'

/** Rows of each process that decide the columns, before the first line is written. */
const SAMPLE_ROWS = 20

export async function resultsOfMany(
  context: Context,
  target: string,
  views: readonly ProcessView[],
  options: ResultsOptions,
): Promise<number> {
  const { run, attempts, from = 1, format } = options
  const inOrder = [...views].sort((a, b) => naturalOrder(a.name, b.name))
  const ask = (id: string, next: number, max?: number): Promise<ResultPage> =>
    context.request('results', { target: id, run, attempts, from: next, max })
  const shown = ({ id, name, rows }: ResultPage): ShownRow[] => rows.map((row) => ({ process: name, id, ...row }))
  const sample: ShownRow[] = []
  if (!context.json && format !== 'json') for (const { id } of inOrder) sample.push(...shown(await ask(id, from, SAMPLE_ROWS)))
  const writer = writerFor(context, { format, many: true, sample })
  let wrote = false
  for (const { id } of inOrder) {
    for (let next = from, more = true; more; ) {
      const page = await ask(id, next)
      for (const notice of page.notices) context.note(notice)
      const text = writer.page(shown(page))
      if (text !== '') await context.io.pour('out', text)
      wrote ||= text !== ''
      next = page.next
      more = page.more
    }
  }
  context.io.out(writer.end())
  if (!wrote && !context.json) context.note(`no results of ${target}`)
  return 0
}
