/** send: no faster than the program takes it. */
import { PtrackError } from '../../../protocol/errors.ts'
import { monoMs } from '../../../protocol/mono.ts'
import type { Context } from '../../context.ts'
import { key } from '../../input/keys.ts'

/** A program that reads nothing for so long is not going to. */
const PATIENCE_MS = 5000
const AGAIN_MS = 50
/** Bytes of one request; as base64 they are a third more. */
const PIECE = 32 * 1024

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
  await type(context, target, bytes)
  if (context.json) context.printJson({ name: target, written: bytes.length })
  return 0
}

async function type(context: Context, target: string, bytes: Buffer): Promise<void> {
  let left = bytes
  let movedMs = monoMs()
  while (left.length > 0) {
    const piece = left.subarray(0, PIECE)
    const { written } = await context.request('send', { target, text: piece.toString('base64'), encoding: 'base64' })
    left = left.subarray(written)
    if (written > 0) movedMs = monoMs()
    else if (monoMs() - movedMs > PATIENCE_MS)
      throw new PtrackError(
        'TIMED_OUT',
        `cannot send to ${target}: it does not read, ${left.length} of ${bytes.length} bytes are left`,
      )
    if (written < piece.length) await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))
  }
}
