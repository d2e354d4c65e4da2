/** daemon restart: this version replaces the running daemon and keeps its processes. */
import type { Client } from '../../../client/client.ts'
import type { CallerEnv } from '../../../protocol/daemon-command.ts'
import type { DaemonStatus } from '../../../protocol/view.ts'
import type { Context } from '../../context.ts'
import { unitOfDaemon } from '../systemd/unit-of-daemon.ts'
import { type ListenOptions, listenerOf } from './listener.ts'
import { end, plural, running } from './running.ts'

/** The next daemon listens where this one does, by default; an older version does not report it. */
async function keepListener(context: Context, client: Client, listener: CallerEnv): Promise<CallerEnv> {
  const { PTRACK_HTTP, PTRACK_LISTEN }: CallerEnv = { ...context.io.env, ...listener }
  const { http }: Partial<DaemonStatus> = await client.request('daemon.status', {})
  if (http === undefined || (http === null && PTRACK_LISTEN !== undefined)) return listener
  return {
    PTRACK_HTTP: PTRACK_HTTP ?? (http === null ? 'off' : String(http.port)),
    ...(http === null ? {} : { PTRACK_LISTEN: PTRACK_LISTEN ?? http.host }),
  }
}

export async function restart(context: Context, options: ListenOptions): Promise<number> {
  const listener = listenerOf(options)
  const before = await running(context)
  const env = before === null ? listener : await keepListener(context, before, listener)
  const unit = before && unitOfDaemon(before.hello.pid)
  const stopped = before && (unit === null ? await end(context, before, false) : before.hello)
  if (unit !== null) await (await import('../systemd/systemctl.ts')).systemdRestart(unit)
  const client = await context.connectFresh({ env })
  const status = await client.request('daemon.status', {})
  if (context.json)
    context.printJson({
      before: stopped?.pid ?? null,
      pid: status.pid,
      version: status.version,
      live: status.live,
      adopted: status.adopted,
    })
  else
    context.print(
      `daemon ${stopped ? `restarted (pid ${stopped.pid} -> ${status.pid})` : `started (pid ${status.pid})`}, version ${status.version}, ${plural(status.live, 'process')} live${status.live === 1 ? 's' : ''} on`,
    )
  return 0
}
