/** daemon start|stop|restart|status|logs|run: the daemon itself. Its children survive stop and restart. */
import type { CommandSpec } from '../command.ts'
import { integer } from '../input/parse.ts'

const command = (name: string, summary: string, define: CommandSpec['define'], more: Partial<CommandSpec> = {}): CommandSpec => ({
  name: `daemon ${name}`,
  group: 'daemon',
  local: true,
  summary,
  define,
  ...more,
})

type Parser = Parameters<CommandSpec['define']>[0]

function listenOptions(parser: Parser): void {
  parser
    .option('--http <port>', 'TCP port for HTTP on 127.0.0.1, or `off` (default: 7077 or the next free one)')
    .option('--listen <address>', 'listen on another address than 127.0.0.1; clients need a token')
}

export const daemon: readonly CommandSpec[] = [
  command('start', 'start the daemon if it does not run', (parser) => {
    listenOptions(parser)
    return async (context, _args, options) => (await import('./daemon/start.ts')).start(context, options)
  }),
  command('stop', 'stop the daemon; its processes keep running unless --kill-children', (parser) => {
    parser.option('--kill-children', 'stop every process first')
    return async (context, _args, options) => (await import('./daemon/stop.ts')).stop(context, options.killChildren === true)
  }),
  command('restart', 'replace the daemon with this version; its processes keep running', (parser) => {
    listenOptions(parser)
    return async (context, _args, options) => (await import('./daemon/restart.ts')).restart(context, options)
  }),
  command(
    'status',
    'show whether the daemon runs and its condition (exit 5 if it does not run)',
    () => async (context) => (await import('./daemon/status.ts')).status(context),
    { aliases: ['daemon'], local: false },
  ),
  command('logs', "show the daemon's own log", (parser) => {
    parser
      .option('-f, --follow', 'follow new lines')
      .option('-n, --lines <n>', 'number of lines to show (default: 20)', integer('-n', 0, 1_000_000))
    return async (context, _args, options) => {
      const { daemonLogs } = await import('./daemon/logs.ts')
      return daemonLogs(context, { lines: (options.lines as number | undefined) ?? 20, follow: options.follow === true })
    }
  }),
  command('run', 'run the daemon in the foreground, for systemd and the like', (parser) => {
    listenOptions(parser)
    parser.option('--stop-children', 'stop every process, dependents first, when SIGTERM or Ctrl-C ends it; a second one kills')
    return async (context, _args, options) => (await import('./daemon/run.ts')).run(context, options)
  }),
]
