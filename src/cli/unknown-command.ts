/** The error for an unknown command: what was probably meant, or its name here. */
import { PtrackError } from '../protocol/errors.ts'
import { nearest } from '../protocol/suggest.ts'
import { type AnyCommand, groupsOf, namesOf } from './command.ts'

/** Commands of pm2, supervisorctl and foreman that users type out of habit, and what to run instead. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  kill: 'run `ptrack daemon stop --kill-children`',
  shutdown: 'run `ptrack daemon stop --kill-children`',
  prettylist: 'run `ptrack ls --json`',
  sendSignal: 'run `ptrack signal SIGNAL NAME`',
  startOrRestart: 'run `ptrack up -f FILE`',
  startOrReload: 'run `ptrack up -f FILE`',
  startOrGracefulReload: 'run `ptrack up -f FILE`',
  gracefulReload: 'run `ptrack reload NAME`',
  reread: 'run `ptrack up -f FILE --dry-run`',
  update: 'run `ptrack daemon restart`',
  ping: 'run `ptrack daemon status`',
  report: 'run `ptrack doctor`',
  tail: 'run `ptrack logs -f`',
  check: 'run `ptrack validate`',
  info: 'run `ptrack show NAME`',
  inspect: 'run `ptrack show NAME`',
  id: 'run `ptrack show NAME`',
  pid: 'run `ptrack show NAME`',
  rm: 'run `ptrack delete NAME`',
  del: 'run `ptrack delete NAME`',
  remove: 'run `ptrack delete NAME`',
  dash: 'run `ptrack watch`',
  imonit: 'run `ptrack watch`',
  dump: 'nothing to do: every change is saved before its command returns',
  cleardump: 'run `ptrack delete all`',
  reloadLogs: 'nothing to do: logs are rotated in place',
  install: 'nothing to install: ptrack has no modules, and rotates logs and serves metrics itself',
  uninstall: 'nothing to uninstall: ptrack has no modules',
  'module:install': 'nothing to install: ptrack has no modules',
  deploy: 'ptrack does not deploy: copy the files with git or rsync, then run `ptrack up`',
  init: 'write a ptrack.yaml with `ptrack export -o ptrack.yaml`, or from a file of pm2 with `ptrack import FILE -o ptrack.yaml`',
  ecosystem: 'write a ptrack.yaml with `ptrack export -o ptrack.yaml`',
  serve: 'run a file server as a service: `ptrack start --port 8080 -- python3 -m http.server 8080`',
  trigger: 'programs have no message channel: run `ptrack signal SIGNAL NAME`',
}

export function unknownCommand(commands: readonly AnyCommand[], name: string): PtrackError {
  const groups = groupsOf(commands)
  const names = commands.filter((spec) => !spec.hidden).flatMap(namesOf)
  const oneOf = (group: string): string => `one of ${names.filter((each) => each.startsWith(`${group} `)).join(', ')}`
  const group = name.split(' ')[0]!
  if (name === group && groups.has(name))
    return new PtrackError('USAGE', `cannot run \`ptrack ${name}\`: a subcommand is required`, { hint: oneOf(group) })
  const near = nearest(name, [...names, ...groups])
  const here = Object.hasOwn(ELSEWHERE, name) ? ELSEWHERE[name] : undefined
  const hint = here ?? (near ? `did you mean \`ptrack ${near}\`?` : groups.has(group) ? oneOf(group) : 'see `ptrack --help`')
  return new PtrackError('USAGE', `cannot run \`ptrack ${name}\`: there is no such command`, { hint })
}
