/** watch: the terminal view. */
import { SORT_KEYS, type SortKey } from '../../words/sort.ts'
import type { CommandSpec } from '../command.ts'
import { choice } from '../input/parse.ts'
import { addFilterOptions, type FilterOptions, filterOf } from './ls.ts'

export const watch: CommandSpec = {
  name: 'watch',
  aliases: ['top'],
  group: 'looking',
  operands: 'names',
  summary: 'open the interactive terminal UI; ? shows its keys (not on a terminal: events as JSON lines)',
  define: (command) => {
    addFilterOptions(command)
      .option('--sort <key>', `order: ${SORT_KEYS.join(', ')}`, choice('--sort', SORT_KEYS))
      .option('--fleet', 'of all nodes of the fleet')
    return async (context, args, raw) => {
      const options = raw as FilterOptions & { sort?: SortKey; fleet?: boolean }
      const { watch } = await import('./watch/watch.ts')
      return watch(context, filterOf(args, options), { sort: options.sort ?? 'status', fleet: options.fleet === true })
    }
  },
}
