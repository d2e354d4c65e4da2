/** stats: statistics on the history. */
import type { CommandSpec } from '../command.ts'
import { choice, since } from '../input/parse.ts'
import { FORMATS } from '../output/formats.ts'
import type { StatsOptions } from './stats/stats.ts'

const format = choice('--format', FORMATS)
const sinceTime = (text: string): number => since(text, Date.now())

export const stats: CommandSpec = {
  name: 'stats',
  group: 'looking',
  summary: 'summarize outcomes and durations of runs, by type',
  define: (command) => {
    command
      .option('--type <type>', 'only this type')
      .option('--name <name>', 'only of this process')
      .option('--owner <owner>', 'only of this owner')
      .option('--since <when>', 'since a time: 7d (ago), or a date', sinceTime)
      .option('--trend', 'group by day (by hour for less than three days)')
      .option('--format <form>', 'table | json | csv', format)
    return async (context, _args, options) => (await import('./stats/stats.ts')).stats(context, options as StatsOptions)
  },
}
