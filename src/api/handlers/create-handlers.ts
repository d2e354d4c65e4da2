/** One verb, one function; the compiler finds a missing one. */
import type { Handlers } from '../handlers.ts'
import { flush, notify, set } from './change.ts'
import { daemonStart, daemonStatus, daemonStop } from './daemon.ts'
import type { DaemonContext } from './daemon-context.ts'
import { history, stats } from './history.ts'
import { addHook, deleteHook, listHooks, testHook } from './hooks.ts'
import { getLimits, setLimits } from './limits.ts'
import { list } from './list.ts'
import { readBytes, readLogs } from './logs.ts'
import { listNotices, seenNotices } from './notices.ts'
import { deletePolicy, getPolicies, setPolicy } from './policy.ts'
import { results } from './results.ts'
import { gc, getRetention, setRetention } from './retention.ts'
import { scale } from './scale.ts'
import { env, port, show, tree, why } from './show.ts'
import { reload, restart, start } from './start.ts'
import { cancel, pause, remove, reset, resume, signal, stop } from './stop.ts'
import { createToken, listTokens, revokeToken } from './tokens.ts'
import { checkpoint, progress, result, step, trackEnd, trackStart, trackUpdate } from './track.ts'
import { types } from './types.ts'
import { wait } from './wait.ts'
import { webLogin } from './web.ts'

export function createHandlers(context: DaemonContext): Handlers {
  const { orchestrator, orphans, garbage, hooks, tokens } = context
  return {
    list: (params) => list(orchestrator, params),
    show: (params) => show(orchestrator, params),
    why: (params) => why(orchestrator, params),
    tree: (params) => tree(orchestrator, params),
    port: (params) => port(orchestrator, params),
    env: (params) => env(orchestrator, params),
    wait: (params) => wait(orchestrator, params),
    notify: (params) => notify(orchestrator, params),
    'logs.read': (params, { signal }) => readLogs(orchestrator, params, signal),
    'logs.bytes': (params, { signal }) => readBytes(orchestrator, params, signal),
    start: (params) => start(orchestrator, params),
    stop: (params) => stop(context, params),
    restart: (params) => restart(orchestrator, params),
    reload: (params) => reload(orchestrator, params),
    delete: (params) => remove(context, params),
    cancel: (params) => cancel(orchestrator, params),
    pause: (params) => pause(orchestrator, params),
    resume: (params) => resume(orchestrator, params),
    reset: (params) => reset(orchestrator, params),
    signal: (params) => signal(orchestrator, params),
    set: (params) => set(orchestrator, params),
    flush: (params) => flush(orchestrator, params),
    scale: (params) => scale(orchestrator, params),
    history: (params) => history(orchestrator, params),
    stats: (params) => stats(orchestrator, params),
    types: (params) => types(orchestrator, params),
    progress: (params) => progress(orchestrator, params),
    step: (params) => step(orchestrator, params),
    result: (params) => result(orchestrator, params),
    checkpoint: (params, { signal }) => checkpoint(orchestrator, params, signal),
    results: (params, { signal }) => results(orchestrator, params, signal),
    'track.start': (params, { signal }) => trackStart(orchestrator, params, signal),
    'track.update': (params) => trackUpdate(orchestrator, params),
    'track.end': (params) => trackEnd(orchestrator, params),
    'limits.get': () => getLimits(orchestrator),
    'limits.set': (params) => setLimits(orchestrator, params),
    'retention.get': () => getRetention(orchestrator),
    'retention.set': (params) => setRetention(orchestrator, params),
    gc: (params) => gc(garbage, params),
    'policy.get': (params) => getPolicies(orchestrator, params),
    'policy.set': (params) => setPolicy(orchestrator, params),
    'policy.delete': (params) => deletePolicy(orchestrator, params),
    'hooks.list': () => listHooks(orchestrator, hooks),
    'hooks.add': (params) => addHook(orchestrator, params),
    'hooks.delete': (params) => deleteHook(orchestrator, hooks, params),
    'hooks.test': (params) => testHook(orchestrator, hooks, params),
    'notices.list': () => listNotices(orchestrator),
    'notices.seen': (params) => seenNotices(orchestrator, params),
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
