/** Every command there is. One verb, one name, one file, except for those that differ in the request alone. */
import { type CommandSpec, groupsOf, namesOf } from './command.ts'
import { actions } from './commands/actions.ts'
import { completion } from './commands/completion.ts'
import { config } from './commands/config.ts'
import { contexts } from './commands/context.ts'
import { daemon } from './commands/daemon.ts'
import { doctor } from './commands/doctor.ts'
import { env } from './commands/env.ts'
import { events } from './commands/events.ts'
import { files } from './commands/files.ts'
import { importFile } from './commands/import.ts'
import { inside } from './commands/inside.ts'
import { keeping } from './commands/keeping.ts'
import { logs } from './commands/logs.ts'
import { ls } from './commands/ls.ts'
import { notify } from './commands/notify.ts'
import { killOrphan, orphans } from './commands/orphans.ts'
import { pm2Aliases } from './commands/pm2-aliases.ts'
import { port } from './commands/port.ts'
import { reports } from './commands/reports.ts'
import { rules } from './commands/rules.ts'
import { run } from './commands/run.ts'
import { show, tree, why } from './commands/show.ts'
import { start } from './commands/start.ts'
import { systemd } from './commands/systemd.ts'
import { token } from './commands/token.ts'
import { track } from './commands/track.ts'
import { wait } from './commands/wait.ts'
import { watch } from './commands/watch.ts'
import { web } from './commands/web.ts'

export const COMMANDS: readonly CommandSpec[] = [
  start,
  run,
  ...actions,
  ...files,
  ls,
  show,
  why,
  tree,
  port,
  logs,
  events,
  watch,
  web,
  importFile,
  wait,
  env,
  ...reports,
  ...inside,
  notify,
  ...track,
  ...rules,
  ...keeping,
  orphans,
  killOrphan,
  ...daemon,
  ...token,
  doctor,
  ...config,
  completion,
  ...contexts,
  ...systemd,
  ...pm2Aliases,
]

export const GROUPS = groupsOf(COMMANDS)

/** The commands of one group, each by its name of two words; the group's word alone is one of them (`token` is `token ls`). */
export const groupOf = (word: string): { name: string; spec: CommandSpec }[] =>
  COMMANDS.filter((spec) => !spec.hidden).flatMap((spec) => {
    const name = namesOf(spec).find((each) => each.startsWith(`${word} `))
    return name === undefined ? [] : [{ name, spec }]
  })
