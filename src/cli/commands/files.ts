/** up, down, validate and export: processes described in a file. */
import type { Command } from 'commander'
import type { CommandSpec } from '../command.ts'
import { choice, collect, duration } from '../input/parse.ts'
import type { ExportOptions } from './export/export.ts'
import type { DownOptions, UpOptions } from './up/up.ts'
import type { ValidateOptions } from './validate/validate.ts'

export const words = (text: string): string[] =>
  text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '')
export const UP_TIMEOUT = 'how long to wait for dependencies (default: 5m, then exit 6); processes still start once they can'
const withFile = (command: Command): Command =>
  command.option('-f, --file <file>', 'the file (default: ptrack.yaml in this directory or above)')
const withProfile = (command: Command): Command =>
  command.option(
    '--profile <name>',
    'include the processes of this profile (repeatable)',
    collect((text) => text),
  )

const up: CommandSpec = {
  name: 'up',
  group: 'processes',
  summary: 'apply ptrack.yaml: start new processes, update changed ones',
  define: (command) => {
    withProfile(withFile(command))
      .option('--only <names>', 'only these, with the processes they wait for', words)
      .option('--prune', 'delete processes that are no longer in the file')
      .option('--dry-run', 'show the plan without applying it')
      .option('--timeout <time>', UP_TIMEOUT, duration('--timeout'))
      .option('--watch', 'stay, and apply the file again whenever it changes')
      .addHelpText(
        'after',
        '\nExamples:\n  ptrack up\n  ptrack up --dry-run --prune\n  ptrack up -f deploy/ptrack.yaml --only web',
      )
    return async (context, _args, options) => (await import('./up/up.ts')).up(context, options as UpOptions)
  },
}

const down: CommandSpec = {
  name: 'down',
  group: 'processes',
  summary: 'stop the processes of ptrack.yaml, in reverse order',
  define: (command) => {
    withFile(command)
      .option('--delete', 'delete them too')
      .addHelpText(
        'after',
        '\nOf an imported file (-f Procfile, -f ecosystem.config.js) it stops what `ptrack import` brought of it.',
      )
    return async (context, _args, options) => (await import('./up/up.ts')).down(context, options as DownOptions)
  },
}

const validate: CommandSpec = {
  name: 'validate',
  group: 'looking',
  summary: 'check a ptrack.yaml and report every error with line and column',
  define: (command) => {
    withProfile(command)
      .argument('[file]', 'the file (default: ptrack.yaml in this directory or above)')
      .option('--here', 'treat what this machine lacks as an error')
      .addHelpText(
        'after',
        '\nUsers, groups, directories and commands that this machine does not have are warnings; with --here they are errors (exit 2).',
      )
    return async (context, [file], options) =>
      (await import('./validate/validate.ts')).validate(context, file, options as ValidateOptions)
  },
}

const FORMATS = ['yaml', 'systemd', 'procfile'] as const
const exported: CommandSpec = {
  name: 'export',
  group: 'looking',
  summary: 'write processes as ptrack.yaml, systemd units or a Procfile',
  define: (command) => {
    command
      .argument('[name...]', 'names, ids, globs, tag:T (default: all)')
      .option('--format <format>', FORMATS.join(' | '), choice('--format', FORMATS), 'yaml')
      .option('-o, --output <path>', 'output file; for systemd the directory (default: stdout)')
      .option('--reveal', 'write the values of variables too, instead of ${NAME}')
    return async (context, targets, options) =>
      (await import('./export/export.ts')).exportFiles(context, targets, options as unknown as ExportOptions)
  },
}

export const files: readonly CommandSpec[] = [up, down, validate, exported]
