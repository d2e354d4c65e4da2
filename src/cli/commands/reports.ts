/** results, history, stats, types: what came of work. */
import { ATTEMPTS } from '../../protocol/attempts.ts'
import { PtrackError } from '../../protocol/errors.ts'
import { ENDED_STATUSES } from '../../protocol/names.ts'
import type { CommandSpec } from '../command.ts'
import type { HistoryOptions, StatsOptions } from '../extra/reports.ts'
import { choice, choiceList, integer, since } from '../input/parse.ts'
import { FORMATS } from '../output/formats.ts'
import type { ResultsOptions } from './results/writer.ts'

const attempts = choice('--attempts', ATTEMPTS)
const format = choice('--format', FORMATS)
const outcomes = choiceList('--status', ENDED_STATUSES)
const sinceTime = (text: string): number => since(text, Date.now())

const results: CommandSpec = {
  name: 'results',
  group: 'looking',
  summary: 'show the result rows that a process reported',
  define: (command) => {
    command
      .argument('<name>', 'a name (of a set of instances all of them), id, glob or tag:T; also of deleted processes')
      .option('--id <id>', 'an older process of this name, by its id')
      .option('-f, --follow', 'follow new rows until the process has ended; Ctrl-C ends')
      .option('--run <n>', 'only of this run', integer('--run', 1, Number.MAX_SAFE_INTEGER))
      .option('--attempts <which>', 'all | last: of a job that was retried only its last attempt (default: all)', attempts)
      .option('--from <n>', 'start at this row', integer('--from', 1, Number.MAX_SAFE_INTEGER))
      .option('--format <form>', 'table | json (each row as reported, one per line) | csv', format)
      .addHelpText(
        'after',
        '\nA job that is retried reports its rows again. For a mean, take --attempts last.\n' +
          'With --json: one object a line, with index, at, run, attempt and row; of a set, a glob or a tag an array of them, with process and id.',
      )
    return async (context, [name], options) => {
      const asked = options as ResultsOptions
      if (asked.follow && asked.attempts === 'last')
        throw new PtrackError('USAGE', 'cannot follow the last attempt: a later one may begin; leave out -f or --attempts')
      return (await import('./results/results.ts')).results(context, name!, asked)
    }
  },
}

const history: CommandSpec = {
  name: 'history',
  group: 'looking',
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
      (await import('../extra/reports.ts')).history(context, names, options as HistoryOptions)
  },
}

const stats: CommandSpec = {
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
    return async (context, _args, options) => (await import('../extra/reports.ts')).stats(context, options as StatsOptions)
  },
}

const types: CommandSpec = {
  name: 'types',
  group: 'looking',
  summary: 'list types with their policies and limits',
  define: () => async (context) => (await import('../extra/reports.ts')).types(context),
}

export const reports: readonly CommandSpec[] = [results, history, stats, types]
