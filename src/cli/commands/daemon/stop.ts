/** daemon stop: ends the daemon, and its processes only on request. */
import { isHome } from '../../../protocol/socket-path.ts'
import type { Context } from '../../context.ts'
import { end, plural, running } from './running.ts'

export async function stop(context: Context, killChildren: boolean): Promise<number> {
  // Only a daemon knows which processes are its own.
  const client =
    (await running(context)) ?? (killChildren && isHome(context.home) ? await context.connectFresh({ flag: '--halt' }) : null)
  if (client === null) {
    if (context.json) context.printJson({ stopped: false, pid: null, left: 0 })
    context.note(`no daemon runs for ${context.home}`)
    return 0
  }
  const { pid, left } = await end(context, client, killChildren)
  if (context.json) context.printJson({ stopped: true, pid, left })
  else
    context.print(`daemon stopped (pid ${pid})${left > 0 ? `, ${plural(left, 'process')} live${left === 1 ? 's' : ''} on` : ''}`)
  if (killChildren) context.note('what it ran stays stopped until `ptrack daemon start`, `ptrack start NAME` or a boot')
  return 0
}
