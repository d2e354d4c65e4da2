/** The description of a command, whose parser is built only when it is used. */
import type { Command } from 'commander'
import type { Context } from './context.ts'
import type { Translation } from './input/read-line.ts'

export interface CommandLine {
  argv: readonly string[]
  /** The operands after `--`. */
  literal: readonly string[]
}

/** Resolves to the exit code. Operands and options are as parsed. */
export type Action<Operands extends unknown[] = string[]> = (
  context: Context,
  operands: Operands,
  options: Record<string, unknown>,
  line: CommandLine,
) => Promise<number>

/** What completion asks the daemon for, and what it leaves to the shell. */
export type Kind =
  | ':files'
  | ':directories'
  | ':command'
  | 'names'
  | 'names and files'
  | 'tags'
  | 'sessions'
  | 'types'
  | 'owners'
  | 'contexts'
  | 'nodes'

export interface CommandSpec<Operands extends unknown[] = string[]> {
  /** One or two words: `ls`, `daemon start`. */
  name: string
  aliases?: readonly string[]
  group: 'processes' | 'looking' | 'inside' | 'rules' | 'orphans' | 'daemon' | 'fleet' | 'settings' | 'pm2'
  summary: string
  /** Left out of the help, such as pm2's names. */
  hidden?: boolean
  /** It concerns the daemon as a local program, or its files. */
  local?: boolean
  /** It works even if the preferred context no longer exists. */
  ignoresContext?: boolean
  /** What its operands are, except those with a parser. */
  operands?: Kind
  /** A command may follow `--`. */
  takesCommand?: boolean
  /** Whether what follows the first operand belongs to its program. Otherwise our options may follow, up to `--`. */
  programFollows?: (first: string, cwd: string) => boolean
  /** Reads options of another program as ours. */
  translation?: Translation
  define: (command: Command) => Action<Operands>
}

export type AnyCommand = CommandSpec<never>

export const namesOf = (spec: AnyCommand): string[] => [spec.name, ...(spec.aliases ?? [])]

/** The first words of two-word commands. */
export const groupsOf = (commands: readonly AnyCommand[]): ReadonlySet<string> =>
  new Set(commands.flatMap(({ name }) => (name.includes(' ') ? [name.slice(0, name.indexOf(' '))] : [])))

export const addCommonOptions = (command: Command): Command =>
  command
    .option('--json', 'print data as JSON on stdout; notes go to stderr')
    .option('--home <dir>', 'use the daemon and files of this directory (PTRACK_HOME)')
    .option('--node <node>', 'about what runs on this node of the fleet (as does NAME@NODE)')
    .option('--context <name>', 'use the daemon of this name (see `ptrack context ls`); local: this machine')
