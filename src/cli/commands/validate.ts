/** validate: the mistakes in a ptrack.yaml. */
import type { CommandSpec } from '../command.ts'
import { withProfile } from '../input/file-options.ts'
import type { ValidateOptions } from './validate/validate.ts'

export const validate: CommandSpec = {
  name: 'validate',
  group: 'looking',
  operands: ':files',
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
