/** send: no faster than the program takes it. */
import { sendBytes } from '../../../client/send-bytes.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import { key } from '../../../protocol/terminal-keys.ts'
import type { Context } from '../../context.ts'

export async function send(
  context: Context,
  target: string,
  text: string | undefined,
  options: { key?: string[]; raw?: boolean },
): Promise<number> {
  if (text === undefined && options.key === undefined)
    throw new PtrackError('USAGE', `cannot send nothing to ${target}: neither a text nor a key is given`, {
      hint: "write `ptrack send NAME 'text'`, or --key ctrl-c",
    })
  const typed = text === undefined ? '' : options.raw ? text : `${text}\r`
  const bytes = Buffer.from(typed + (options.key ?? []).map((each) => key(each)).join(''))
  await sendBytes((params) => context.request('send', params), target, bytes)
  if (context.json) context.printJson({ name: target, written: bytes.length })
  return 0
}
