/** Help as a whole; the help of one command is its parser's. */
import type { CommandSpec } from '../command.ts'
import { buildParser } from '../parse-command.ts'

export const GROUPS: readonly [CommandSpec['group'], string][] = [
  ['processes', 'Processes'],
  ['looking', 'Looking'],
  ['inside', 'Inside a process, and for work of your own'],
  ['rules', 'Rules'],
  ['orphans', 'Orphans'],
  ['daemon', 'Daemon'],
  ['settings', 'Settings'],
]

export function wholeHelp(commands: readonly CommandSpec[]): string {
  const lines = [
    'ptrack supervises processes: starts, watches and restarts them, and finds what they leave behind.',
    '',
    'Usage: ptrack COMMAND [options]     (ptrack alone lists the processes)',
  ]
  const words = (spec: CommandSpec): string => [spec.name, ...(spec.aliases ?? [])].join(', ')
  const wide = Math.max(...commands.filter((spec) => !spec.hidden).map((spec) => words(spec).length))
  for (const [group, title] of GROUPS) {
    lines.push('', title)
    for (const spec of commands)
      if (spec.group === group && !spec.hidden) lines.push(`  ${words(spec).padEnd(wide)}  ${spec.summary}`)
  }
  lines.push(
    '',
    'NAME is a name, id, pid, glob, tag:T or all. Every command takes --json, --home DIR and --help.',
    'Exit codes: 0 ok, 1 failed, 2 usage, 3 not running or unhealthy, 4 not found, 5 no daemon, 6 timed out, 7 denied, 8 unsafe.',
    '',
    'Begin with:',
    '  ptrack start --name web --port 3000 -- node server.js',
    '  ptrack logs web -f',
    '  ptrack run -- make test',
  )
  return `${lines.join('\n')}\n`
}

export function helpFor(spec: CommandSpec): string {
  let text = ''
  const { command } = buildParser(spec)
  command.configureOutput({
    writeOut: (part) => {
      text += part
    },
  })
  command.outputHelp()
  return text
}
