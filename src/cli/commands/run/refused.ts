/** What cannot be run, or never began. */
import { type ErrorBody, PtrackError } from '../../../protocol/errors.ts'
import type { ActionResult } from '../../../protocol/requests.ts'
import type { ProcessView } from '../../../protocol/view.ts'
import type { Context } from '../../context.ts'
import { errorLine, exitCodeOf } from '../../output/error-output.ts'
import { codeOfRefusal } from '../../output/shell-code.ts'

/** The request was refused as a whole: 126/127 if the program is the reason, the usual code otherwise. */
export function refused(context: Context, result: ActionResult): number {
  const error = result.error ?? { code: 'FAILED' as const, message: `cannot run ${result.name}` }
  if (context.json) context.printJson({ error, results: [result] })
  else context.io.err(`${errorLine(error, context.errStyle)}\n`)
  const reason = error.details?.reason ?? result.view?.error?.code
  return error.code === 'SPAWN_FAILED' || reason !== undefined ? codeOfRefusal(reason) : exitCodeOf(error)
}

/** A dependency has failed: the daemon's message, reworded for this command. */
export function neverBegun(context: Context, view: ProcessView, { message, ...rest }: ErrorBody): number {
  const error = { ...rest, message: message.replace(/^cannot wait for /, 'cannot run ') }
  if (context.json) context.printJson({ error, results: [view] })
  else context.io.err(`${errorLine(error, context.errStyle)}\n`)
  return 1
}

/** Stdin that cannot be handed on. */
export const refusedInput = ({ remote }: Context, name: string): PtrackError =>
  remote === null
    ? new PtrackError('USAGE', `cannot hand this input on to the terminal of ${name}: it is typed at one`, {
        hint: 'leave out --tty, or start it with -d and type with `ptrack send`',
      })
    : new PtrackError('USAGE', `cannot hand this input on to ${remote.name}: stdin does not travel to another machine`, {
        hint: 'add `< /dev/null`, or -d, and let the command read its input there',
      })
