/** One verb, one function; the compiler finds a missing one. */
import type { Params } from '../../protocol/requests.ts'
import type { Handlers } from '../handlers.ts'
import { flush, notify, scale, set, wait } from './change.ts'
import { daemonStatus, daemonStop } from './daemon.ts'
import type { DaemonContext } from './daemon-context.ts'
import { readBytes, readLogs } from './logs.ts'
import { env, list, port, show, tree, why } from './show.ts'
import { reload, restart, start } from './start.ts'
import { cancel, pause, remove, reset, resume, signal, stop } from './stop.ts'

export function createHandlers(context: DaemonContext): Handlers {
  const { orchestrator, orphans } = context
  /** Who did what: every request that changes something. */
  const audited =
    <P extends { targets?: string[] | undefined }, R>(method: string, act: (params: P) => Promise<R>) =>
    (params: P, { user }: { user: string }): Promise<R> => {
      orchestrator.events.publish('audit', null, { method, targets: params.targets ?? [], by: user })
      return act(params)
    }
  return {
    list: (params) => list(orchestrator, params),
    show: (params) => show(orchestrator, params),
    why: (params) => why(orchestrator, params),
    tree: (params) => tree(orchestrator, params),
    port: (params) => port(orchestrator, params),
    env: (params) => env(orchestrator, params),
    wait: (params) => wait(orchestrator, params),
    notify: (params) => notify(orchestrator, params),
    'logs.read': (params) => readLogs(orchestrator, params),
    'logs.bytes': (params, { signal }) => readBytes(orchestrator, params, signal),
    start: (params, { user }) => {
      orchestrator.events.publish('audit', null, {
        method: 'start',
        targets: params.targets ?? (params.definition ? [params.definition.name] : []),
        by: user,
      })
      return start(orchestrator, params)
    },
    stop: audited('stop', (params: Params<'stop'>) => stop(orchestrator, params)),
    restart: audited('restart', (params: Params<'restart'>) => restart(orchestrator, params)),
    reload: audited('reload', (params: Params<'reload'>) => reload(orchestrator, params)),
    delete: audited('delete', (params: Params<'delete'>) => remove(orchestrator, params)),
    cancel: audited('cancel', (params: Params<'cancel'>) => cancel(orchestrator, params)),
    pause: audited('pause', (params: Params<'pause'>) => pause(orchestrator, params)),
    resume: audited('resume', (params: Params<'resume'>) => resume(orchestrator, params)),
    reset: audited('reset', (params: Params<'reset'>) => reset(orchestrator, params)),
    signal: audited('signal', (params: Params<'signal'>) => signal(orchestrator, params)),
    set: audited('set', (params: Params<'set'>) => set(orchestrator, params)),
    flush: audited('flush', (params: Params<'flush'>) => flush(orchestrator, params)),
    scale: (params, { user }) => {
      orchestrator.events.publish('audit', null, { method: 'scale', targets: [params.target], by: user })
      return scale(orchestrator, params)
    },
    orphans: async () => orphans.list(),
    'kill-orphan': audited('kill-orphan', (params: Params<'kill-orphan'>) =>
      orphans.kill({
        identities: params.identities,
        targets: params.targets,
        all: params.all,
        graceMs: params.graceMs,
        dryRun: params.dryRun,
        callerPid: params.callerPid,
      }),
    ),
    'daemon.status': () => daemonStatus(context),
    'daemon.stop': (params) => daemonStop(context, params),
  }
}
