/** Every verb and its handler: a file of its name in handlers/, and an operation of that name in the supervisor. */
import type { Handlers, RequestContext } from './contract.ts'
import type { DaemonContext, Handler } from './daemon-context.ts'
import { attach } from './handlers/attach.ts'
import { attentionSeen } from './handlers/attention-seen.ts'
import { audit } from './handlers/audit.ts'
import { cancel } from './handlers/cancel.ts'
import { checkpoint } from './handlers/checkpoint.ts'
import { counts } from './handlers/counts.ts'
import { daemonStart } from './handlers/daemon-start.ts'
import { daemonStatus } from './handlers/daemon-status.ts'
import { daemonStop } from './handlers/daemon-stop.ts'
import { remove } from './handlers/delete.ts'
import { env } from './handlers/env.ts'
import { exec } from './handlers/exec.ts'
import { fleetCancel } from './handlers/fleet-cancel.ts'
import { fleetCreate } from './handlers/fleet-create.ts'
import { fleetDoctor } from './handlers/fleet-doctor.ts'
import { fleetEvents } from './handlers/fleet-events.ts'
import { fleetInvite } from './handlers/fleet-invite.ts'
import { fleetJobs } from './handlers/fleet-jobs.ts'
import { fleetJoin } from './handlers/fleet-join.ts'
import { fleetKick } from './handlers/fleet-kick.ts'
import { fleetLeave } from './handlers/fleet-leave.ts'
import { fleetLimitsGet } from './handlers/fleet-limits-get.ts'
import { fleetLimitsSet } from './handlers/fleet-limits-set.ts'
import { fleetList } from './handlers/fleet-list.ts'
import { fleetLs } from './handlers/fleet-ls.ts'
import { fleetResolve } from './handlers/fleet-resolve.ts'
import { fleetRun } from './handlers/fleet-run.ts'
import { fleetStatus } from './handlers/fleet-status.ts'
import { flush } from './handlers/flush.ts'
import { gc } from './handlers/gc.ts'
import { history } from './handlers/history.ts'
import { hooksAdd } from './handlers/hooks-add.ts'
import { hooksDelete } from './handlers/hooks-delete.ts'
import { hooksList } from './handlers/hooks-list.ts'
import { hooksTest } from './handlers/hooks-test.ts'
import { keep } from './handlers/keep.ts'
import { killOrphan } from './handlers/kill-orphan.ts'
import { limitsGet } from './handlers/limits-get.ts'
import { limitsSet } from './handlers/limits-set.ts'
import { list } from './handlers/list.ts'
import { logsBytes } from './handlers/logs-bytes.ts'
import { logsCounts } from './handlers/logs-counts.ts'
import { logsRead } from './handlers/logs-read.ts'
import { metricsHistory } from './handlers/metrics-history.ts'
import { newsList } from './handlers/news-list.ts'
import { newsSeen } from './handlers/news-seen.ts'
import { noticesList } from './handlers/notices-list.ts'
import { noticesSeen } from './handlers/notices-seen.ts'
import { notify } from './handlers/notify.ts'
import { orphans } from './handlers/orphans.ts'
import { pause } from './handlers/pause.ts'
import { policyDelete } from './handlers/policy-delete.ts'
import { policyGet } from './handlers/policy-get.ts'
import { policySet } from './handlers/policy-set.ts'
import { port } from './handlers/port.ts'
import { progress } from './handlers/progress.ts'
import { projects } from './handlers/projects.ts'
import { reload } from './handlers/reload.ts'
import { reset } from './handlers/reset.ts'
import { resize } from './handlers/resize.ts'
import { restart } from './handlers/restart.ts'
import { result } from './handlers/result.ts'
import { results } from './handlers/results.ts'
import { resultsGroups } from './handlers/results-groups.ts'
import { resume } from './handlers/resume.ts'
import { retentionGet } from './handlers/retention-get.ts'
import { retentionSet } from './handlers/retention-set.ts'
import { runs } from './handlers/runs.ts'
import { scale } from './handlers/scale.ts'
import { send } from './handlers/send.ts'
import { set } from './handlers/set.ts'
import { show } from './handlers/show.ts'
import { signal } from './handlers/signal.ts'
import { start } from './handlers/start.ts'
import { stats } from './handlers/stats.ts'
import { step } from './handlers/step.ts'
import { stop } from './handlers/stop.ts'
import { timeline } from './handlers/timeline.ts'
import { tokenCreate } from './handlers/token-create.ts'
import { tokenLs } from './handlers/token-ls.ts'
import { tokenRevoke } from './handlers/token-revoke.ts'
import { trackEnd } from './handlers/track-end.ts'
import { trackStart } from './handlers/track-start.ts'
import { trackUpdate } from './handlers/track-update.ts'
import { tree } from './handlers/tree.ts'
import { types } from './handlers/types.ts'
import { wait } from './handlers/wait.ts'
import { webLogin } from './handlers/web-login.ts'
import { why } from './handlers/why.ts'

const HANDLERS: { [M in keyof Handlers]: Handler<M> } = {
  list,
  projects,
  show,
  why,
  tree,
  port,
  env,
  wait,
  notify,
  'logs.read': logsRead,
  'logs.bytes': logsBytes,
  'logs.counts': logsCounts,
  attach,
  send,
  exec,
  resize,
  start,
  stop,
  restart,
  reload,
  delete: remove,
  cancel,
  pause,
  resume,
  reset,
  keep,
  signal,
  set,
  flush,
  scale,
  history,
  stats,
  types,
  runs,
  counts,
  timeline,
  'metrics.history': metricsHistory,
  audit,
  'results.groups': resultsGroups,
  'attention.seen': attentionSeen,
  progress,
  step,
  result,
  checkpoint,
  results,
  'track.start': trackStart,
  'track.update': trackUpdate,
  'track.end': trackEnd,
  'limits.get': limitsGet,
  'limits.set': limitsSet,
  'retention.get': retentionGet,
  'retention.set': retentionSet,
  gc,
  'policy.get': policyGet,
  'policy.set': policySet,
  'policy.delete': policyDelete,
  'hooks.list': hooksList,
  'hooks.add': hooksAdd,
  'hooks.delete': hooksDelete,
  'hooks.test': hooksTest,
  'news.list': newsList,
  'news.seen': newsSeen,
  'notices.list': noticesList,
  'notices.seen': noticesSeen,
  'token.create': tokenCreate,
  'token.ls': tokenLs,
  'token.revoke': tokenRevoke,
  'web.login': webLogin,
  orphans,
  'kill-orphan': killOrphan,
  'fleet.create': fleetCreate,
  'fleet.invite': fleetInvite,
  'fleet.kick': fleetKick,
  'fleet.doctor': fleetDoctor,
  'fleet.join': fleetJoin,
  'fleet.leave': fleetLeave,
  'fleet.status': fleetStatus,
  'fleet.ls': fleetLs,
  'fleet.list': fleetList,
  'fleet.events': fleetEvents,
  'fleet.run': fleetRun,
  'fleet.jobs': fleetJobs,
  'fleet.cancel': fleetCancel,
  'fleet.limits.get': fleetLimitsGet,
  'fleet.limits.set': fleetLimitsSet,
  'fleet.resolve': fleetResolve,
  'daemon.status': daemonStatus,
  'daemon.start': daemonStart,
  'daemon.stop': daemonStop,
}

export function createHandlers(context: DaemonContext): Handlers {
  const bound = Object.entries(HANDLERS).map(([method, handle]) => [
    method,
    (params: never, request: RequestContext) => (handle as Handler<never>)(context, params, request),
  ])
  return Object.fromEntries(bound) as Handlers
}
