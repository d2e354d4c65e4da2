/** Opens an address in the local browser. */
import { execa } from 'execa'
import { PtrackError } from '../../../protocol/errors.ts'
import type { Context } from '../../context.ts'

/** An opener that has not failed by then is showing something, ms; some stay as long as their browser. */
const OPEN_TIMEOUT_MS = 3000

/** Throws FAILED: the address was printed before, and is still good. */
export async function openUrl(context: Context, url: string): Promise<number> {
  const opener = context.io.env.BROWSER || (process.platform === 'darwin' ? 'open' : 'xdg-open')
  const child = execa(opener, [url], { stdio: 'ignore', detached: true, cleanup: false, reject: false })
  const timer = new Promise<null>((resolve) => setTimeout(resolve, OPEN_TIMEOUT_MS, null))
  const result = await Promise.race([child, timer])
  child.unref()
  if (result?.failed)
    throw new PtrackError(
      'FAILED',
      `cannot open a browser: ${result.code === 'ENOENT' ? `${opener} is not there` : `${opener} ended with ${result.exitCode ?? result.signal}`}`,
      { hint: 'open the address above by hand; $BROWSER names another program' },
    )
  return 0
}
