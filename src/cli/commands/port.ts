/** port: the holder of a TCP port, and how to free it. */
import type { PortHolderView } from '../../protocol/view.ts'
import { clean } from '../../words/text.ts'
import { timeWords } from '../../words/time.ts'
import type { CommandSpec } from '../command.ts'
import { integer } from '../input/parse.ts'

function holderLine(holder: PortHolderView, nowMs: number): string {
  const where = `port ${holder.port} on ${holder.address}`
  if (holder.pid === null) return `${where}: held by a process that this user may not look at; try again as root`
  const since = holder.startTime ? `, since ${timeWords(holder.startTime, nowMs)}` : ''
  const open = holder.connections ? `, ${holder.connections} open connection${holder.connections === 1 ? '' : 's'}` : ''
  const who = `pid ${holder.pid}${holder.command ? ` (${clean(holder.command)})` : ''}${since}`
  // A stranger's process is named, not ended: that is its owner's decision.
  return holder.process
    ? `${where}: held by ${clean(holder.process)}, ${who}${open}; free it with \`ptrack stop ${clean(holder.process)}\``
    : `${where}: held by ${who}, not started by ptrack; if it is in the way of a process here, \`ptrack kill-orphan ${holder.pid}\` ends it`
}

export const port: CommandSpec<[number]> = {
  name: 'port',
  group: 'looking',
  summary: 'show which process holds a TCP port, and how to free it',
  define: (command) => {
    command.argument('<n>', 'port number', integer('port', 1, 65_535))
    return async (context, [number]) => {
      const holders = await context.request('port', { port: number })
      if (context.json) context.printJson(holders)
      else if (holders.length === 0) context.print(`port ${number} is free`)
      else for (const holder of holders) context.print(holderLine(holder, Date.now()))
      return 0
    }
  },
}
