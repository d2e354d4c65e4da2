/** kill-orphan: ends leftovers, by identity. */
import type { CommandSpec } from '../command.ts'
import { duration } from '../input/parse.ts'
import type { KillOptions } from './kill-orphan/kill-orphan.ts'

export const killOrphan: CommandSpec = {
  name: 'kill-orphan',
  group: 'orphans',
  operands: 'names',
  summary: 'end orphans and their children: SIGTERM, then SIGKILL',
  define: (command) => {
    command
      .argument('[pid|name...]', 'pids as `ptrack orphans` lists them, or names of processes')
      .option('--all', 'all, except squatters and processes with a terminal')
      .option('--grace <time>', 'time from SIGTERM to SIGKILL (default: 1s)', duration('--grace'))
      .option('--dry-run', 'show what would be done without doing it')
    return async (context, words, options) =>
      (await import('./kill-orphan/kill-orphan.ts')).killOrphan(context, words, options as KillOptions)
  },
}
