/** export: writes processes to a file. */
import type { CommandSpec } from '../command.ts'
import { choice } from '../input/parse.ts'
import type { ExportOptions } from './export/export.ts'

const FORMATS = ['yaml', 'systemd', 'procfile', 'dockerfile'] as const

export const exportFile: CommandSpec = {
  name: 'export',
  group: 'looking',
  operands: 'names',
  summary: 'write processes as ptrack.yaml, systemd units or a Procfile, and a Dockerfile for a ptrack.yaml',
  define: (command) => {
    command
      .argument('[name...]', 'names, ids, globs, tag:T (default: all)')
      .option('--format <format>', FORMATS.join(' | '), choice('--format', FORMATS), 'yaml')
      .option('-o, --output <path>', 'output file; for systemd and dockerfile the directory (default: stdout)')
      .option('--reveal', 'write the values of variables too, instead of ${NAME}')
      .option('-f, --file <file>', 'with dockerfile: the ptrack.yaml (default: that of this directory or above)')
    return async (context, targets, options) =>
      (await import('./export/export.ts')).exportFiles(context, targets, options as unknown as ExportOptions)
  },
}
