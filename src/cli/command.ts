/** How a command is described: its words, and a function that builds its parser only when it is the one asked for. */
import type { Command } from 'commander'
import type { Context } from './context.ts'
import type { Translate } from './input/read-line.ts'

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
  /**
   * Whether everything after the first operand belongs to the program that it names. False, or absent: our options may follow
   * it, up to `--`.
   */
  programFollows?: (first: string, cwd: string) => boolean
  /** Reads options of another program as ours. */
  translate?: Translate
  /** Adds arguments and options; returns what to do. */
  define: (command: Command) => Action
}

export const namesOf = (spec: CommandSpec): string[] => [spec.name, ...(spec.aliases ?? [])]

/** Words that begin commands of two. */
export const groupsOf = (commands: readonly CommandSpec[]): ReadonlySet<string> =>
  new Set(commands.flatMap(({ name }) => (name.includes(' ') ? [name.slice(0, name.indexOf(' '))] : [])))

/** The options that every command takes. */
export const addCommonOptions = (command: Command): Command =>
  command
    .option('--json', 'print data as JSON on stdout; notes go to stderr')
    .option('--home <dir>', 'use the daemon and files of this directory (PTRACK_HOME)')
    .option('--context <name>', 'use the daemon of this name (see `ptrack context ls`); local: this machine')
