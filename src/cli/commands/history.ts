/** history: ended runs. */
import { ENDED_STATUSES } from '../../protocol/names.ts'
import type { CommandSpec } from '../command.ts'
import { choice, choiceList, integer, since } from '../input/parse.ts'
import { FORMATS } from '../output/formats.ts'
import type { HistoryOptions } from './history/history.ts'

const format = choice('--format', FORMATS)
const outcomes = choiceList('--status', [...ENDED_STATUSES, 'timed-out'])
const sinceTime = (text: string): number => since(text, Date.now())

export const history: CommandSpec = {
  name: 'history',
  group: 'looking',
  operands: 'names',
  summary: 'list finished runs, most recent first',
  define: (command) => {
    command
      .argument('[name...]', 'only these: names, ids, numbers, globs or tag:T, also of deleted processes')
      .option('--type <type>', 'only this type')
      .option('--status <status>', 'only runs with these outcomes, with commas or repeated', outcomes)
      .option('--owner <owner>', 'only of this owner')
      .option('--since <when>', 'since a time: 10m (ago), or a date', sinceTime)
      .option('-n, --limit <n>', 'number of runs to show (default: 50)', integer('--limit', 1, 10_000_000))
      .option('--format <form>', 'table | json (one per line) | csv', format)
    return async (context, names, options) =>
      (await import('./history/history.ts')).history(context, names, options as HistoryOptions)
  },
}
