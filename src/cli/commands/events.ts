/** events: what the daemon published, as it happened. */
import { EVENT_TYPES } from '../../protocol/names.ts'
import type { CommandSpec } from '../command.ts'
import { choiceList, integer } from '../input/parse.ts'
import type { EventsOptions } from './events/options.ts'

export const events: CommandSpec = {
  name: 'events',
  group: 'looking',
  operands: 'names',
  summary: 'show what happened; --json prints one object per line',
  define: (command) => {
    command
      .argument('[name...]', 'only of these')
      .option('-f, --follow', 'follow new events; Ctrl-C ends')
      .option('--since <seq>', 'after this number', integer('--since', 0, Number.MAX_SAFE_INTEGER))
      .option('-n, --lines <n>', 'how many (default: 50)', integer('-n', 1, 1_000_000))
      .option('--fleet', 'of all nodes of the fleet')
      .option('--type <type>', 'only these types, with commas or repeated', choiceList('--type', EVENT_TYPES))
    return async (context, targets, options) =>
      (await import('./events/events.ts')).events(context, targets, options as EventsOptions)
  },
}
