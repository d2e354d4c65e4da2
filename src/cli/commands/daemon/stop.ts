/** daemon stop: ends the daemon, and its processes only on request. */
import { isHome } from '../../../protocol/socket-path.ts'
import type { Context } from '../../context.ts'
import { end, killedLine, plural, running } from './running.ts'

export async function stop(context: Context, killChildren: boolean): Promise<number> {
  // Only a daemon knows which processes are its own.
  const client =
    (await running(context)) ?? (killChildren && isHome(context.home) ? await context.connectFresh({ flag: '--halt' }) : null)
  if (client === null) {
    if (context.json) context.printJson({ stopped: false, pid: null, left: 0, killed: [] })
    context.note(`no daemon runs for ${context.home}`)
    return 0
  }
  const { pid, left, killed } = await end(context, client, killChildren)
  if (context.json) context.printJson({ stopped: true, pid, left, killed })
  else
    context.print(`daemon stopped (pid ${pid})${left > 0 ? `, ${plural(left, 'process')} live${left === 1 ? 's' : ''} on` : ''}`)
  for (const name of killed) context.note(killedLine(name))
  if (killChildren) context.note('what it ran stays stopped until `ptrack daemon start`, `ptrack start NAME` or a boot')
  return 0
}
