/** How a command is described: its words, and a function that builds its parser only when it is the one asked for. */
import type { Command } from 'commander'
import type { Context } from './context.ts'

/** Resolves to the exit code. `argv` is what stood behind the command's name. */
export type Action = (context: Context, args: string[], options: Record<string, unknown>, argv: string[]) => Promise<number>

export interface CommandSpec {
  /** One or two words: `ls`, `daemon start`. */
  name: string
  aliases?: readonly string[]
  group: 'processes' | 'looking' | 'inside' | 'rules' | 'orphans' | 'daemon' | 'settings' | 'pm2'
  summary: string
  /** Left out of the help, such as the names that pm2 users type. */
  hidden?: boolean
  /** Adds arguments and options; returns what to do. */
  define: (command: Command) => Action
}

/** The options that every command takes. */
export const addCommonOptions = (command: Command): Command =>
  command
    .option('--json', 'print data as JSON on stdout; notes go to stderr')
    .option('--home <dir>', 'directory of the daemon and its files (PTRACK_HOME)')
    .option('--context <name>', 'the daemon of this name (see `ptrack context ls`); local: the one of this machine')
