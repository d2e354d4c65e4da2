/** step: from a program inside a process, or from outside with --of. Silent on success. */
import type { CommandSpec } from '../command.ts'
import { speakerOf, speaking } from '../input/speaker.ts'
import { addStepOptions, nameOption, type StepOptions, stepUpdate } from '../input/track-options.ts'

export const step: CommandSpec = {
  name: 'step',
  group: 'inside',
  summary: 'report a step: start, progress, end',
  define: (command) => {
    // --name is the name of the step, as in the protocol; --of names the process.
    addStepOptions(nameOption(command.argument('<id>', 'id of the step; a new id adds a step'), '--of <process>'))
    command.addHelpText(
      'after',
      '\nExamples:\n  ptrack step fetch --name "Fetch the data" --status running\n  ptrack step fetch --status done\n  ptrack step part1 --parent fetch --percent 50',
    )
    return async (context, [id], raw) => {
      const options = raw as StepOptions & { of?: string }
      const who = speakerOf(context, 'step', options.of)
      const view = await speaking(context)('step', { who, step: stepUpdate(id!, options) })
      if (context.json) context.printJson(view)
      return 0
    }
  },
}
