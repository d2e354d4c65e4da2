/** One verb, one function; the compiler finds a missing one. */

import { flush, notify, set } from '../../supervisor/operations/change.ts'
import { history, stats } from '../../supervisor/operations/history.ts'
import { addHook, deleteHook, listHooks, testHook } from '../../supervisor/operations/hooks.ts'
import { getLimits, setLimits } from '../../supervisor/operations/limits.ts'
import { list } from '../../supervisor/operations/list.ts'
import { readBytes, readLogs } from '../../supervisor/operations/logs.ts'
import { listNotices, seenNotices } from '../../supervisor/operations/notices.ts'
import { deletePolicy, getPolicies, setPolicy } from '../../supervisor/operations/policy.ts'
import { results } from '../../supervisor/operations/results.ts'
import { gc, getRetention, setRetention } from '../../supervisor/operations/retention.ts'
import { scale } from '../../supervisor/operations/scale.ts'
import { env, port, show, tree, why } from '../../supervisor/operations/show.ts'
import { reload, restart, start } from '../../supervisor/operations/start.ts'
import { cancel, pause, remove, reset, resume, signal, stop } from '../../supervisor/operations/stop.ts'
import { createToken, listTokens, revokeToken } from '../../supervisor/operations/tokens.ts'
import { checkpoint, progress, result, step, trackEnd, trackStart, trackUpdate } from '../../supervisor/operations/track.ts'
import { types } from '../../supervisor/operations/types.ts'
import { wait } from '../../supervisor/operations/wait.ts'
import type { Handlers } from '../handlers.ts'
import { daemonStart, daemonStatus, daemonStop } from './daemon.ts'
import type { DaemonContext } from './daemon-context.ts'
import { webLogin } from './web.ts'

export function createHandlers(context: DaemonContext): Handlers {
  const { supervisor } = context
  const { orphans, garbage, hooks, tokens } = supervisor
  return {
    list: (params) => list(supervisor, params),
    show: (params) => show(supervisor, params),
    why: (params) => why(supervisor, params),
    tree: (params) => tree(supervisor, params),
    port: (params) => port(supervisor, params),
    env: (params) => env(supervisor, params),
    wait: (params) => wait(supervisor, params),
    notify: (params) => notify(supervisor, params),
    'logs.read': (params, { signal }) => readLogs(supervisor, params, signal),
    'logs.bytes': (params, { signal }) => readBytes(supervisor, params, signal),
    start: (params) => start(supervisor, params),
    stop: (params) => stop(supervisor, params),
    restart: (params) => restart(supervisor, params),
    reload: (params) => reload(supervisor, params),
    delete: (params) => remove(supervisor, params),
    cancel: (params) => cancel(supervisor, params),
    pause: (params) => pause(supervisor, params),
    resume: (params) => resume(supervisor, params),
    reset: (params) => reset(supervisor, params),
    signal: (params) => signal(supervisor, params),
    set: (params) => set(supervisor, params),
    flush: (params) => flush(supervisor, params),
    scale: (params) => scale(supervisor, params),
    history: (params) => history(supervisor, params),
    stats: (params) => stats(supervisor, params),
    types: (params) => types(supervisor, params),
    progress: (params) => progress(supervisor, params),
    step: (params) => step(supervisor, params),
    result: (params) => result(supervisor, params),
    checkpoint: (params, { signal }) => checkpoint(supervisor, params, signal),
    results: (params, { signal }) => results(supervisor, params, signal),
    'track.start': (params, { signal }) => trackStart(supervisor, params, signal),
    'track.update': (params) => trackUpdate(supervisor, params),
    'track.end': (params) => trackEnd(supervisor, params),
    'limits.get': () => getLimits(supervisor),
    'limits.set': (params) => setLimits(supervisor, params),
    'retention.get': () => getRetention(supervisor),
    'retention.set': (params) => setRetention(supervisor, params),
    gc: (params) => gc(garbage, params),
    'policy.get': (params) => getPolicies(supervisor, params),
    'policy.set': (params) => setPolicy(supervisor, params),
    'policy.delete': (params) => deletePolicy(supervisor, params),
    'hooks.list': () => listHooks(supervisor, hooks),
    'hooks.add': (params) => addHook(supervisor, params),
    'hooks.delete': (params) => deleteHook(supervisor, hooks, params),
    'hooks.test': (params) => testHook(supervisor, hooks, params),
    'notices.list': () => listNotices(supervisor),
    'notices.seen': (params) => seenNotices(supervisor, params),
    'token.create': (params, { peer }) => createToken(tokens, params, peer),
    'token.ls': () => listTokens(tokens),
    'token.revoke': (params) => revokeToken(tokens, params),
    'web.login': (params, { peer }) => webLogin(context, params, peer),
    orphans: async () => orphans.list(),
    'kill-orphan': (params) =>
      orphans.kill({
        identities: params.identities,
        targets: params.targets,
        all: params.all,
        graceMs: params.graceMs,
        dryRun: params.dryRun,
        callerPid: params.callerPid,
      }),
    'daemon.status': () => daemonStatus(context),
    'daemon.start': () => daemonStart(context),
    'daemon.stop': (params) => daemonStop(context, params),
  }
}
