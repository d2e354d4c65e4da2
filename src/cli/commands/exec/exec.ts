/** exec: output and input of a command that the daemon starts. */
import { constants } from 'node:os'
import { PtrackError } from '../../../protocol/errors.ts'
import type { ProcessView } from '../../../protocol/view.ts'
import type { Context } from '../../context.ts'
import { codeOfRefusal, shellCode } from '../../output/shell-code.ts'
import { sizeHere, stayAt } from '../attach/own-job.ts'
import { runInForeground } from '../run/foreground.ts'
import { handOnTo } from '../run/hand-on.ts'

export async function exec(context: Context, target: string, words: string[], options: { tty?: boolean }): Promise<number> {
  const command = words[0] === '--' ? words.slice(1) : words
  if (command.length === 0)
    throw new PtrackError('USAGE', `cannot exec nothing in ${target}: no command was given`, {
      hint: `write \`ptrack exec ${target} -- COMMAND\``,
    })
  const stdin = context.io.stdinKind()
  const terminal = sizeHere()
  const tty = options.tty ?? (stdin === 'terminal' && terminal !== undefined)
  const input = stdin === 'given' && !tty
  if (input && context.remote !== null)
    throw new PtrackError(
      'USAGE',
      `cannot hand this input on to ${context.remote.name}: stdin does not travel to another machine`,
      {
        hint: 'add `< /dev/null`, and let the command read its input there',
      },
    )
  // One connection to the end: on another machine the command lives as long as it.
  const client = await context.client()
  const caller = context.remote === null ? process.pid : undefined
  const view = await client.request('exec', { target, command, tty, terminal, caller, input })
  return tty ? atTerminal(context, view) : inPipes(context, view, input)
}

function codeOf(context: Context, ended: ProcessView): number {
  if (ended.error !== null && ended.exitCode === null && ended.signal === null) {
    context.note(ended.error.message)
    return codeOfRefusal(ended.error.code)
  }
  return shellCode(ended)
}

/** No keys leave it: it would end with this command. */
async function atTerminal(context: Context, view: ProcessView): Promise<number> {
  const ended = await stayAt(context, view, '')
  return ended === null ? 1 : codeOf(context, ended)
}

async function inPipes(context: Context, view: ProcessView, input: boolean): Promise<number> {
  const handing = input ? handOnTo(context, view, 'ended') : null
  const ended = await runInForeground(context, view, { withBar: false, interrupt: 'SIGINT' })
  handing?.stop()
  if (handing?.failed()) return 1
  return ended.interruptedBy === null ? codeOf(context, ended.view) : 128 + constants.signals[ended.interruptedBy]
}
