/** Stdin that cannot be handed on. */
import { PtrackError } from '../../../protocol/errors.ts'
import type { Context } from '../../context.ts'

export const refusedInput = ({ remote }: Context, name: string): PtrackError =>
  remote === null
    ? new PtrackError('USAGE', `cannot hand this input on to the terminal of ${name}: it is typed at one`, {
        hint: 'leave out --tty, or start it with -d and type with `ptrack send`',
      })
    : new PtrackError('USAGE', `cannot hand this input on to ${remote.name}: stdin does not travel to another machine`, {
        hint: 'add `< /dev/null`, or -d, and let the command read its input there',
      })
