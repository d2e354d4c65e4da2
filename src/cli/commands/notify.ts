/** notify --ready: called by a program inside a process, which its environment identifies. */
import { PtrackError } from '../../protocol/errors.ts'
import type { CommandSpec } from '../command.ts'
import { ownRun, speaking } from '../input/speaker.ts'

export const notify: CommandSpec = {
  name: 'notify',
  group: 'inside',
  local: true,
  summary: 'report readiness, from inside a process',
  define: (command) => {
    command.option('--ready', 'report that the process is ready to serve')
    return async (context, _args, options) => {
      if (!options.ready)
        throw new PtrackError('USAGE', 'cannot notify: nothing to tell was given', { hint: 'write `ptrack notify --ready`' })
      const own = ownRun(context.io.env)
      if (own === null) {
        throw new PtrackError('USAGE', 'cannot notify: this is not inside a process that ptrack started', {
          hint: 'call it from the program itself; PTRACK_ID and PTRACK_RUN are set there',
        })
      }
      const reply = await speaking(context)('notify', { ...own, ready: true })
      if (context.json) context.printJson(reply)
      else if (!reply.accepted) context.note('this was said already, or the run has ended')
      return 0
    }
  },
}
