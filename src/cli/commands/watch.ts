/** watch: the list, live. The drawing is in the extra bundle. */

import { SORT_KEYS, type SortKey } from '../../words/sort.ts'
import type { CommandSpec } from '../command.ts'
import { choice } from '../parse.ts'
import { addFilterOptions, type FilterOptions, filterOf } from './ls.ts'

export const watch: CommandSpec = {
  name: 'watch',
  aliases: ['top'],
  group: 'looking',
  summary: 'the list, live; q or Ctrl-C ends (not on a terminal: events as JSON lines)',
  define: (command) => {
    addFilterOptions(command).option('--sort <key>', `order: ${SORT_KEYS.join(', ')}`, choice('--sort', SORT_KEYS))
    return async (context, args, raw) => {
      const options = raw as FilterOptions & { sort?: SortKey }
      const extra = await context.io.loadExtra()
      return extra.watch(context, filterOf(args, options), options.sort ?? 'name')
    }
  },
}
