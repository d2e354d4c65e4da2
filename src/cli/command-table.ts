/** Every command: one verb, one name, one file (`policy` and `policy set` are in policy.ts). */
import { type AnyCommand, groupsOf, namesOf } from './command.ts'
import { attach } from './commands/attach.ts'
import { cancel } from './commands/cancel.ts'
import { checkpoint } from './commands/checkpoint.ts'
import { completion } from './commands/completion.ts'
import { config } from './commands/config.ts'
import { contexts } from './commands/context.ts'
import { daemon } from './commands/daemon.ts'
import { deleteProcesses } from './commands/delete.ts'
import { dev } from './commands/dev.ts'
import { doctor } from './commands/doctor.ts'
import { down } from './commands/down.ts'
import { env } from './commands/env.ts'
import { events } from './commands/events.ts'
import { exec } from './commands/exec.ts'
import { exportFile } from './commands/export.ts'
import { fleet } from './commands/fleet.ts'
import { flush } from './commands/flush.ts'
import { gc } from './commands/gc.ts'
import { health } from './commands/health.ts'
import { history } from './commands/history.ts'
import { hooks } from './commands/hooks.ts'
import { importFile } from './commands/import.ts'
import { keep } from './commands/keep.ts'
import { killOrphan } from './commands/kill-orphan.ts'
import { limits } from './commands/limits.ts'
import { logs } from './commands/logs.ts'
import { ls } from './commands/ls.ts'
import { mcp } from './commands/mcp.ts'
import { notify } from './commands/notify.ts'
import { orphans } from './commands/orphans.ts'
import { pause } from './commands/pause.ts'
import { pm2Aliases } from './commands/pm2-aliases.ts'
import { policy } from './commands/policy.ts'
import { port } from './commands/port.ts'
import { progress } from './commands/progress.ts'
import { projects } from './commands/projects.ts'
import { reload } from './commands/reload.ts'
import { reset } from './commands/reset.ts'
import { restart } from './commands/restart.ts'
import { result } from './commands/result.ts'
import { results } from './commands/results.ts'
import { resume } from './commands/resume.ts'
import { retention } from './commands/retention.ts'
import { run } from './commands/run.ts'
import { runtime } from './commands/runtime.ts'
import { scale } from './commands/scale.ts'
import { send } from './commands/send.ts'
import { set } from './commands/set.ts'
import { show } from './commands/show.ts'
import { signal } from './commands/signal.ts'
import { start } from './commands/start.ts'
import { stats } from './commands/stats.ts'
import { step } from './commands/step.ts'
import { stop } from './commands/stop.ts'
import { systemd } from './commands/systemd.ts'
import { token } from './commands/token.ts'
import { track } from './commands/track.ts'
import { tree } from './commands/tree.ts'
import { types } from './commands/types.ts'
import { up } from './commands/up.ts'
import { validate } from './commands/validate.ts'
import { wait } from './commands/wait.ts'
import { watch } from './commands/watch.ts'
import { web } from './commands/web.ts'
import { why } from './commands/why.ts'

export const COMMANDS: readonly AnyCommand[] = [
  start,
  run,
  stop,
  restart,
  reload,
  deleteProcesses,
  pause,
  resume,
  cancel,
  reset,
  keep,
  flush,
  signal,
  send,
  exec,
  scale,
  set,
  up,
  dev,
  down,
  validate,
  runtime,
  exportFile,
  ls,
  show,
  why,
  health,
  tree,
  port,
  logs,
  attach,
  events,
  watch,
  web,
  importFile,
  wait,
  env,
  results,
  history,
  stats,
  types,
  projects,
  progress,
  step,
  result,
  checkpoint,
  notify,
  ...mcp,
  ...track,
  ...policy,
  ...limits,
  ...hooks,
  ...retention,
  gc,
  orphans,
  killOrphan,
  ...daemon,
  ...fleet,
  ...token,
  doctor,
  ...config,
  completion,
  ...contexts,
  ...systemd,
  ...pm2Aliases,
]

export const GROUPS = groupsOf(COMMANDS)

/** The commands of a group, by their two-word names; the group's word alone is one of them (`token` is `token ls`). */
export const groupOf = (word: string): { name: string; spec: AnyCommand }[] =>
  COMMANDS.filter((spec) => !spec.hidden).flatMap((spec) => {
    const name = namesOf(spec).find((each) => each.startsWith(`${word} `))
    return name === undefined ? [] : [{ name, spec }]
  })
