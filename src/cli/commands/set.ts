/** set: changes definitions. */
import { PtrackError } from '../../protocol/errors.ts'
import type { CommandSpec } from '../command.ts'
import type { Context } from '../context.ts'
import { afterFields } from '../input/after.ts'
import { addDefinitionOptions, type DefinitionOptions, definitionFields, pathFields } from '../input/definition-options.ts'
import { withNames } from '../input/targets.ts'
import { printResults } from '../output/results.ts'

async function changesOf(
  context: Context,
  raw: Record<string, unknown>,
  command: readonly string[],
): Promise<Record<string, unknown>> {
  const options = raw as unknown as DefinitionOptions
  const changes = {
    ...definitionFields(options),
    ...(await afterFields(context, options)),
    ...pathFields(options, context.io.cwd),
    ...(command.length ? { command: [...command] } : {}),
  }
  if (Object.keys(changes).length === 0)
    throw new PtrackError('USAGE', 'cannot set: nothing to change was given', {
      hint: 'see `ptrack set --help` for what can be changed',
    })
  return changes
}

export const set: CommandSpec = {
  name: 'set',
  group: 'processes',
  operands: 'names',
  takesCommand: true,
  summary: 'change definitions',
  define: (command) => {
    addDefinitionOptions(withNames(command), true).addHelpText(
      'after',
      '\nExamples:\n  ptrack set web --max-memory 512M\n  ptrack set web --timeout none\n  ptrack set web --on failed,crash-loop exec:./alarm.sh\n  ptrack set nightly --cron none\n  ptrack set web -- node other.js',
    )
    return async (context, operands, options, { literal }) => {
      // What follows `--` is the new command.
      const targets = operands.slice(0, operands.length - literal.length)
      if (targets.length === 0)
        throw new PtrackError('USAGE', 'cannot set: no name was given', { hint: 'write `ptrack set NAME --max-memory 512M`' })
      return printResults(
        context,
        'set',
        await context.request('set', { targets, changes: await changesOf(context, options, literal) }),
      )
    }
  },
}
