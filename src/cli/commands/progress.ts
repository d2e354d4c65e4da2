/** progress: from a program inside a process, or from outside with --name. Silent on success. */
import { PtrackError } from '../../protocol/errors.ts'
import type { CommandSpec } from '../command.ts'
import { speakerOf, speaking } from '../input/speaker.ts'
import { AMOUNT, addProgressOptions, nameOption, type ProgressOptions, progressUpdate } from '../input/track-options.ts'

export const progress: CommandSpec = {
  name: 'progress',
  group: 'inside',
  summary: 'report progress',
  define: (command) => {
    addProgressOptions(nameOption(command.argument('[amount]', AMOUNT)))
    command.addHelpText('after', '\nExamples:\n  ptrack progress 40 -m "parsing"\n  ptrack progress 3/10 --unit files')
    return async (context, [amount], raw) => {
      const options = raw as ProgressOptions & { name?: string }
      const update = progressUpdate(amount, options)
      if (Object.keys(update).length === 0)
        throw new PtrackError('USAGE', 'cannot tell progress: nothing to tell was given', { hint: 'write `ptrack progress 40`' })
      const who = speakerOf(context, 'progress', options.name)
      const view = await speaking(context)('progress', { who, update })
      if (context.json) context.printJson(view)
      return 0
    }
  },
}
