/** One verb, one function; the compiler finds a missing one. */

import { cancel } from '../../supervisor/operations/cancel.ts'
import { checkpoint } from '../../supervisor/operations/checkpoint.ts'
import { remove } from '../../supervisor/operations/delete.ts'
import { env } from '../../supervisor/operations/env.ts'
import { flush } from '../../supervisor/operations/flush.ts'
import { gc } from '../../supervisor/operations/gc.ts'
import { history } from '../../supervisor/operations/history.ts'
import { addHook } from '../../supervisor/operations/hooks-add.ts'
import { deleteHook } from '../../supervisor/operations/hooks-delete.ts'
import { listHooks } from '../../supervisor/operations/hooks-list.ts'
import { testHook } from '../../supervisor/operations/hooks-test.ts'
import { getLimits } from '../../supervisor/operations/limits-get.ts'
import { setLimits } from '../../supervisor/operations/limits-set.ts'
import { list } from '../../supervisor/operations/list.ts'
import { readBytes } from '../../supervisor/operations/logs-bytes.ts'
import { readLogs } from '../../supervisor/operations/logs-read.ts'
import { listNotices } from '../../supervisor/operations/notices-list.ts'
import { seenNotices } from '../../supervisor/operations/notices-seen.ts'
import { notify } from '../../supervisor/operations/notify.ts'
import { pause } from '../../supervisor/operations/pause.ts'
import { deletePolicy } from '../../supervisor/operations/policy-delete.ts'
import { getPolicies } from '../../supervisor/operations/policy-get.ts'
import { setPolicy } from '../../supervisor/operations/policy-set.ts'
import { port } from '../../supervisor/operations/port.ts'
import { progress } from '../../supervisor/operations/progress.ts'
import { reload } from '../../supervisor/operations/reload.ts'
import { reset } from '../../supervisor/operations/reset.ts'
import { restart } from '../../supervisor/operations/restart.ts'
import { result } from '../../supervisor/operations/result.ts'
import { results } from '../../supervisor/operations/results.ts'
import { resume } from '../../supervisor/operations/resume.ts'
import { getRetention } from '../../supervisor/operations/retention-get.ts'
import { setRetention } from '../../supervisor/operations/retention-set.ts'
import { scale } from '../../supervisor/operations/scale.ts'
import { set } from '../../supervisor/operations/set.ts'
import { show } from '../../supervisor/operations/show.ts'
import { signal } from '../../supervisor/operations/signal.ts'
import { start } from '../../supervisor/operations/start.ts'
import { stats } from '../../supervisor/operations/stats.ts'
import { step } from '../../supervisor/operations/step.ts'
import { stop } from '../../supervisor/operations/stop.ts'
import { createToken } from '../../supervisor/operations/token-create.ts'
import { listTokens } from '../../supervisor/operations/token-ls.ts'
import { revokeToken } from '../../supervisor/operations/token-revoke.ts'
import { trackEnd } from '../../supervisor/operations/track-end.ts'
import { trackStart } from '../../supervisor/operations/track-start.ts'
import { trackUpdate } from '../../supervisor/operations/track-update.ts'
import { tree } from '../../supervisor/operations/tree.ts'
import { types } from '../../supervisor/operations/types.ts'
import { wait } from '../../supervisor/operations/wait.ts'
import { why } from '../../supervisor/operations/why.ts'
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
