/** The general help; that of a command comes from its parser. */
import type { AnyCommand } from './command.ts'
import { buildParser } from './parse-command.ts'

export const GROUPS: readonly [AnyCommand['group'], string][] = [
  ['processes', 'Processes'],
  ['looking', 'Looking'],
  ['inside', 'Inside a process, and for work of your own'],
  ['rules', 'Rules'],
  ['orphans', 'Orphans'],
  ['daemon', 'Daemon'],
  ['fleet', 'Other machines'],
  ['settings', 'Settings'],
]

/** What most people need on most days, in that order. */
const USUAL = ['start', 'run', 'stop', 'restart', 'delete', 'ls', 'logs', 'show', 'why', 'up', 'dev', 'watch', 'web']
const SUMMARY = 'ptrack supervises processes: it starts, watches and restarts them, and finds what they leave behind.'
const USAGE = 'Usage: ptrack COMMAND [options]     (ptrack alone lists the processes)'
const NAMES = 'NAME is a name, id, number, pid, glob, tag:T, session:S or all. Every command takes --json, --home DIR and --help.'

const words = (spec: AnyCommand): string => [spec.name, ...(spec.aliases ?? [])].join(', ')
const widest = (texts: readonly string[]): number => Math.max(...texts.map((text) => text.length))

export function usualHelp(commands: readonly AnyCommand[]): string {
  const usual = USUAL.flatMap((name) => commands.filter((spec) => spec.name === name))
  const wide = widest(USUAL)
  return `${[
    SUMMARY,
    '',
    USAGE,
    '',
    'Examples:',
    '  ptrack start app.js --name api --port 3000         start a service and keep it running',
    '  ptrack start --name web -- python3 -m http.server  start any command, after --',
    '  ptrack run -- make test                            run a job, with its output and exit code',
    '  ptrack logs api -f                                 follow the output of a service',
    '  ptrack why api                                     explain why it failed or restarted',
    '',
    'Commands:',
    ...usual.map((spec) => `  ${spec.name.padEnd(wide)}  ${spec.summary}`),
    '',
    NAMES,
    '`ptrack help COMMAND` explains one command, `ptrack help all` lists all of them.',
  ].join('\n')}\n`
}

export function groupHelp(group: string, commands: readonly { name: string; spec: AnyCommand }[]): string {
  const alone = commands.find(({ spec }) => spec.name === group || spec.aliases?.includes(group))
  const wide = widest(commands.map(({ name }) => name))
  return `${[
    `Usage: ptrack ${group} COMMAND [options]${alone ? `     (ptrack ${group} alone is ptrack ${alone.name})` : ''}`,
    '',
    'Commands:',
    ...commands.map(({ name, spec }) => `  ${name.padEnd(wide)}  ${spec.summary}`),
    '',
    `\`ptrack ${commands[0]!.name} --help\` explains one of them.`,
  ].join('\n')}\n`
}

export function wholeHelp(commands: readonly AnyCommand[]): string {
  const lines = [SUMMARY, '', USAGE]
  const wide = widest(commands.filter((spec) => !spec.hidden).map(words))
  for (const [group, title] of GROUPS) {
    lines.push('', title)
    for (const spec of commands)
      if (spec.group === group && !spec.hidden) lines.push(`  ${words(spec).padEnd(wide)}  ${spec.summary}`)
  }
  lines.push(
    '',
    NAMES,
    'Exit codes: 0 ok, 1 failed, 2 usage, 3 not running or unhealthy, 4 not found, 5 no daemon, 6 timed out, 7 denied, 8 unsafe.',
  )
  return `${lines.join('\n')}\n`
}

export function helpFor(spec: AnyCommand): string {
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
