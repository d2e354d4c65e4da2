/** Options of the commands that read files which describe processes. */
import type { Command } from 'commander'
import { choice, collect } from './parse.ts'

export const words = (text: string): string[] =>
  text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '')
export const UP_TIMEOUT = 'how long to wait for dependencies (default: 5m, then exit 6); processes still start once they can'
export const withFile = (command: Command): Command =>
  command.option(
    '-f, --file <file>',
    'the file (default: the nearest ptrack.yaml, process-compose.yaml, Procfile.dev, Procfile or ecosystem.config.* here or above)',
  )
export const withProject = (command: Command): Command =>
  command.option(
    '--project <name>',
    'the project of the file (default: its `project:`, or the name of its directory); none: no project',
  )
/** How another supervisor's file is meant. */
export const withChoices = (command: Command): Command =>
  command
    .option(
      '--format <name>',
      'format of the file, if its name does not show it',
      choice('--format', ['pm2', 'procfile', 'process-compose', 'supervisord']),
    )
    .option(
      '--like <name>',
      'Procfile: follow the rules of foreman (default) or overmind',
      choice('--like', ['foreman', 'overmind']),
    )
    .option('--formation <list>', 'Procfile: number of each process, such as all=1,web=2')
    .option('--env <name>', 'pm2: merge env_NAME over env')
export const withProfile = (command: Command): Command =>
  command.option(
    '--profile <name>',
    'include the processes of this profile (repeatable)',
    collect((text) => text),
  )
