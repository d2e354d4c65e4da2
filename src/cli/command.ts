/** How a command is described: its words, and a function that builds its parser only when it is the one asked for. */
import type { Command } from 'commander'
import type { Context } from './context.ts'
import type { Translate } from './input/read-line.ts'

/** What stood behind the command's name. */
export interface CommandLine {
  argv: readonly string[]
  /** The operands behind `--`. */
  literal: readonly string[]
}

/** Resolves to the exit code. Operands and options are what their parsers made of the words. */
export type Action<Operands extends unknown[] = string[]> = (
  context: Context,
  operands: Operands,
  options: Record<string, unknown>,
  line: CommandLine,
) => Promise<number>

/** What completion offers of a daemon, and what it leaves to the shell. */
export type Kind = ':files' | ':directories' | ':command' | 'names' | 'names and files' | 'tags' | 'types' | 'owners' | 'contexts'

export interface CommandSpec<Operands extends unknown[] = string[]> {
  /** One or two words: `ls`, `daemon start`. */
  name: string
  aliases?: readonly string[]
  group: 'processes' | 'looking' | 'inside' | 'rules' | 'orphans' | 'daemon' | 'settings' | 'pm2'
  summary: string
  /** Left out of the help, such as the names that pm2 users type. */
  hidden?: boolean
  /** It has to do with the daemon as a program of this machine, or with files of it. */
  local?: boolean
  /** It works with a preferred context that names nothing any more. */
  ignoresContext?: boolean
  /** What its operands are, but for those that have a parser. */
  operands?: Kind
  /** A command may stand behind `--`. */
  takesCommand?: boolean
  /**
   * Whether everything after the first operand belongs to the program that it names. False, or absent: our options may follow
   * it, up to `--`.
   */
  programFollows?: (first: string, cwd: string) => boolean
  /** Reads options of another program as ours. */
  translate?: Translate
  /** Adds arguments and options; returns what to do. */
  define: (command: Command) => Action<Operands>
}

/** Whatever its operands are. */
export type AnyCommand = CommandSpec<never>

export const namesOf = (spec: AnyCommand): string[] => [spec.name, ...(spec.aliases ?? [])]

/** Words that begin commands of two. */
export const groupsOf = (commands: readonly AnyCommand[]): ReadonlySet<string> =>
  new Set(commands.flatMap(({ name }) => (name.includes(' ') ? [name.slice(0, name.indexOf(' '))] : [])))

/** The options that every command takes. */
export const addCommonOptions = (command: Command): Command =>
  command
    .option('--json', 'print data as JSON on stdout; notes go to stderr')
    .option('--home <dir>', 'use the daemon and files of this directory (PTRACK_HOME)')
    .option('--context <name>', 'use the daemon of this name (see `ptrack context ls`); local: this machine')
