/** Waits without turning the event loop: for what takes a millisecond or two, and has to be known before anything else is. */
import { monoMs } from '../protocol/mono.ts'

const POLL_MS = 1
const never = new Int32Array(new SharedArrayBuffer(4))

export const sleepSync = (ms: number): void => void Atomics.wait(never, 0, 0, ms)

/** False when it did not become so within the time. */
export function waitSync(isSo: () => boolean, limitMs: number): boolean {
  const untilMono = monoMs() + limitMs
  for (;;) {
    if (isSo()) return true
    if (monoMs() >= untilMono) return false
    sleepSync(POLL_MS)
  }
}
