/** results: the rows that a process reported. */
import { ATTEMPTS } from '../../protocol/attempts.ts'
import { PtrackError } from '../../protocol/errors.ts'
import type { CommandSpec } from '../command.ts'
import { choice, integer } from '../input/parse.ts'
import { FORMATS } from '../output/formats.ts'
import type { ResultsOptions } from './results/writer.ts'

const attempts = choice('--attempts', ATTEMPTS)
const format = choice('--format', FORMATS)

export const results: CommandSpec = {
  name: 'results',
  group: 'looking',
  operands: 'names',
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
