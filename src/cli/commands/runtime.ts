/** runtime: everything of a file, or one command, in the foreground as the main program of a container. */
import * as values from '../../protocol/values.ts'
import type { CommandSpec } from '../command.ts'
import { withProfile, words } from '../input/file-options.ts'
import { choice, duration, integer, reading } from '../input/parse.ts'
import { EXIT_RULES, LOG_FORMATS, type RuntimeOptions } from './runtime/options.ts'

export const runtime: CommandSpec = {
  name: 'runtime',
  group: 'processes',
  operands: ':files',
  takesCommand: true,
  local: true,
  ignoresContext: true,
  summary: 'run a file, or one command, in the foreground: the main program of a container',
  define: (command) => {
    withProfile(
      command.argument('[file...]', 'a file: ptrack.yaml, Procfile, ecosystem.config.*, process-compose.yaml, supervisord.conf'),
    )
      .option('--only <names>', 'only these, with the processes they wait for', words)
      .option('--env <name>', 'pm2: merge env_NAME over env')
      .option('--formation <list>', 'Procfile: number of each process, such as all=1,web=2')
      .option('--name <name>', 'with a command: its name (default: the base name of the command)')
      .option(
        '--restart <policy>',
        'with a command: always | on-failure | never (default: on-failure)',
        choice('--restart', ['always', 'on-failure', 'never']),
      )
      .option(
        '--exit-on <what>',
        'never | failure | any | all ended (default: a critical one, or the last one)',
        choice('--exit-on', EXIT_RULES),
      )
      .option(
        '--grace <time>',
        'time to stop everything, into which stop timeouts are cut (default: 8s)',
        duration('--grace', 100),
      )
      .option('--forward <name>', 'the process that gets SIGHUP, SIGUSR1 and SIGUSR2 (default: the only one)')
      .option(
        '--log-format <format>',
        'plain | prefix | json (default: plain for one process, else prefix)',
        choice('--log-format', LOG_FORMATS),
      )
      .option(
        '--log-max <size>',
        'size at which a log file is rotated, unless the file says another (default: 1M)',
        reading('--log-max', values.size(65_536)),
      )
      .option(
        '--log-keep <n>',
        'rotated logs kept, unless the file says another number (default: 0)',
        integer('--log-keep', 0, 1000),
      )
      .option('--no-log-files', 'write no output to files: programs have stdout and stderr themselves')
      .option('--http <port>', 'serve the page and HTTP at this port of 127.0.0.1 (default: off)')
      .option('--listen <address>', 'listen on another address than 127.0.0.1; clients need a token')
      .addHelpText(
        'after',
        `
Output is passed on to stdout and stderr. SIGTERM and Ctrl-C stop dependents before what they depend on, a second one kills.
The exit code is that of the process it ends with (128+n for signal n), and 0 after SIGTERM. As the first process of a
container start it by \`ptrack-init\`, which also reaps. See docs/containers.md.

Examples:
  ptrack runtime
  ptrack runtime Procfile --exit-on any
  ptrack runtime --name web -- node server.js`,
      )
    return async (context, operands, options, line) =>
      (await import('./runtime/runtime.ts')).runtime(context, operands, options as unknown as RuntimeOptions, line)
  },
}
