/** Types at a terminal, no faster than the program takes it. */
import { PtrackError } from '../protocol/errors.ts'
import { monoMs } from '../protocol/mono.ts'
import type { Input } from '../protocol/requests.ts'
import type { Sent } from '../protocol/terminal-requests.ts'

/** A program that reads nothing for so long is not going to. */
const PATIENCE_MS = 5000
const AGAIN_MS = 50
/** Bytes of one request; as base64 they are a third more. */
const PIECE = 32 * 1024

/** `patient`: for as long as it takes. */
export async function sendBytes(
  request: (params: Input<'send'>) => Promise<Sent>,
  target: string,
  bytes: Uint8Array,
  patient = false,
): Promise<void> {
  let left = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let movedMs = monoMs()
  while (left.length > 0) {
    const piece = left.subarray(0, PIECE)
    const { written } = await request({ target, text: piece.toString('base64'), encoding: 'base64' })
    left = left.subarray(written)
    if (written > 0) movedMs = monoMs()
    else if (!patient && monoMs() - movedMs > PATIENCE_MS)
      throw new PtrackError(
        'TIMED_OUT',
        `cannot send to ${target}: it does not read, ${left.length} of ${bytes.length} bytes are left`,
      )
    if (written < piece.length) await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))
  }
}
