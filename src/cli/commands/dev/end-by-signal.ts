/** Ends this process by the signal that asked for it, so that a shell knows, and `&&` and loops do not go on. */
import { constants } from 'node:os'

const FLUSH_MS = 1000

/** Resolves only where the signal is ignored, to the code that a shell would see. */
export async function endBy(signal: NodeJS.Signals): Promise<number> {
  const code = 128 + constants.signals[signal]
  // Node ignores it, and nobody reads any more.
  if (signal === 'SIGPIPE') return code
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, FLUSH_MS)
    process.stdout.write('', () => {
      clearTimeout(timer)
      resolve()
    })
  })
  process.removeAllListeners(signal)
  process.kill(process.pid, signal)
  await new Promise((resolve) => setTimeout(resolve, FLUSH_MS))
  return code
}
