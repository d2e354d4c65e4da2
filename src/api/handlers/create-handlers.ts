/** One verb, one function; the compiler finds a missing one. */
import type { Params } from '../../protocol/requests.ts'
import type { Speaker } from '../../protocol/tracking.ts'
import type { Handlers } from '../handlers.ts'
import { flush, notify, scale, set, wait } from './change.ts'
import { daemonStatus, daemonStop } from './daemon.ts'
import type { DaemonContext } from './daemon-context.ts'
import { history, stats } from './history.ts'
import { addHook, deleteHook, listHooks, testHook } from './hooks.ts'
import { getLimits, setLimits } from './limits.ts'
import { readBytes, readLogs } from './logs.ts'
import { deletePolicy, getPolicies, setPolicy } from './policy.ts'
import { results } from './results.ts'
import { env, list, port, show, tree, why } from './show.ts'
import { reload, restart, start } from './start.ts'
import { cancel, pause, remove, reset, resume, signal, stop } from './stop.ts'
import { checkpoint, progress, result, step, trackEnd, trackStart, trackUpdate } from './track.ts'
import { types } from './types.ts'

/** What a request names: processes, or a type or hook. */
function targetsOf(params: object): string[] {
  if ('targets' in params && Array.isArray(params.targets)) return params.targets
  if ('who' in params) {
    const who = params.who as Speaker
    return ['id' in who ? who.id : who.target]
  }
  const one = 'type' in params ? params.type : 'id' in params ? params.id : null
  return typeof one === 'string' ? [one] : []
}

export function createHandlers(context: DaemonContext): Handlers {
  const { orchestrator, orphans, hooks } = context
  /** Who did what: every request that changes something. */
  const audited =
    <P extends object, R>(method: string, act: (params: P) => Promise<R>) =>
    (params: P, { user }: { user: string }): Promise<R> => {
      orchestrator.events.publish('audit', null, { method, targets: targetsOf(params), by: user })
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
    history: (params) => history(orchestrator, params),
    stats: (params) => stats(orchestrator, params),
    types: () => types(orchestrator),
    progress: (params) => progress(orchestrator, params),
    step: (params) => step(orchestrator, params),
    result: (params) => result(orchestrator, params),
    checkpoint: (params, { signal }) => checkpoint(orchestrator, params, signal),
    results: (params, { signal }) => results(orchestrator, params, signal),
    'track.start': (params, { user, signal }) => {
      orchestrator.events.publish('audit', null, { method: 'track.start', targets: [params.definition.name], by: user })
      return trackStart(orchestrator, params, signal)
    },
    'track.update': (params) => trackUpdate(orchestrator, params),
    'track.end': audited('track.end', (params: Params<'track.end'>) => trackEnd(orchestrator, params)),
    'limits.get': () => getLimits(orchestrator),
    'limits.set': audited('limits.set', (params: Params<'limits.set'>) => setLimits(orchestrator, params)),
    'policy.get': (params) => getPolicies(orchestrator, params),
    'policy.set': audited('policy.set', (params: Params<'policy.set'>) => setPolicy(orchestrator, params)),
    'policy.delete': audited('policy.delete', (params: Params<'policy.delete'>) => deletePolicy(orchestrator, params)),
    'hooks.list': () => listHooks(orchestrator, hooks),
    'hooks.add': audited('hooks.add', (params: Params<'hooks.add'>) => addHook(orchestrator, params)),
    'hooks.delete': audited('hooks.delete', (params: Params<'hooks.delete'>) => deleteHook(orchestrator, hooks, params)),
    'hooks.test': audited('hooks.test', (params: Params<'hooks.test'>) => testHook(orchestrator, hooks, params)),
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
