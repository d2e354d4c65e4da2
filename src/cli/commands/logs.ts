/** logs: output of processes, from their files; -f survives restarts of the daemon. */
import { type LogSink, readLogs } from '../../client/log-stream.ts'
import { PtrackError } from '../../protocol/errors.ts'
import { isPattern } from '../../protocol/patterns.ts'
import type { LogQuery } from '../../protocol/requests.ts'
import type { LogLine } from '../../protocol/view.ts'
import type { CommandSpec } from '../command.ts'
import type { Context } from '../context.ts'
import { integer, lineCount, since } from '../input/parse.ts'
import type { Paint } from '../output/style.ts'

interface LogsOptions {
  follow?: boolean
  lines?: number | 'all'
  since?: string
  until?: string
  out?: boolean
  err?: boolean
  run?: number
  grep?: string
  timestamps?: boolean
  cursor?: string | true
}

const names = (targets: readonly string[]): boolean =>
  targets.length > 1 || targets.some((one) => isPattern(one) || /[{}]/.test(one))

/** Prefixes for several processes, each in a colour of its own. */
function printer(context: Context, several: boolean, timestamps: boolean): LogSink {
  const { style } = context
  const paints: Paint[] = [style.cyan, style.magenta, style.yellow, style.green, style.blue]
  const given = new Map<string, Paint>()
  const paintOf = (name: string): Paint => {
    const paint = given.get(name) ?? paints[given.size % paints.length]!
    given.set(name, paint)
    return paint
  }
  let wide = 0
  const prefix = (line: LogLine): string => {
    const name = context.names.name(line.process)
    wide = Math.max(wide, name.length)
    return several ? `${paintOf(line.process)(`${name.padEnd(wide)} |`)} ` : ''
  }
  const time = (line: LogLine): string => (timestamps ? `${style.dim((line.at ?? '-').padEnd(24))} ` : '')
  return {
    lines: (lines) => {
      if (lines.length === 0) return null
      const text = context.json
        ? lines.map((line) => JSON.stringify(line))
        : lines.map((line) => `${time(line)}${prefix(line)}${line.text}`)
      return context.io.pour('out', `${text.join('\n')}\n`)
    },
    notices: (notices) => {
      for (const notice of notices) context.note(notice)
    },
  }
}

function toQuery(context: Context, targets: string[], options: LogsOptions, nowMs: number): LogQuery {
  if (options.out && options.err)
    throw new PtrackError('USAGE', 'cannot show logs: --out and --err exclude each other', {
      hint: 'without either, both are shown',
    })
  const all = options.lines === 'all'
  const lines = options.lines === 'all' ? undefined : options.lines
  const whole = all || (lines === undefined && (options.since !== undefined || options.run !== undefined))
  const from = options.since !== undefined ? since(options.since, nowMs) : all ? 0 : undefined
  return {
    targets,
    stream: options.out ? 'out' : options.err ? 'err' : 'both',
    ...(whole ? {} : { tail: lines ?? context.preferences['logs.lines'] ?? 20 }),
    ...(from === undefined ? {} : { sinceMs: from }),
    ...(options.until === undefined ? {} : { untilMs: since(options.until, nowMs) }),
    ...(options.run === undefined ? {} : { run: options.run }),
    ...(options.grep === undefined ? {} : { grep: options.grep }),
  }
}

export const logs: CommandSpec = {
  name: 'logs',
  aliases: ['log'],
  group: 'looking',
  operands: 'names',
  summary: 'show process output',
  define: (command) => {
    command
      .argument('[name...]', 'names, ids, numbers, pids, globs, tag:T or all (default: all)')
      .option('-f, --follow', 'follow new lines, and say when a program ends or starts again; Ctrl-C ends')
      .option('-n, --lines <n>', 'number of lines to show, or all (default: 20)', lineCount('-n', 1_000_000))
      .option('--since <time>', 'lines since a time: 10m, or a date')
      .option('--until <time>', 'lines before a time')
      .option('--out', 'only stdout')
      .option('--err', 'only stderr')
      .option('--run <n>', 'only this run; -1 is the last one', integer('--run', -1_000_000, 1_000_000))
      .option('--grep <regex>', 'only lines that match')
      .option('-t, --timestamps', 'show when each line was written (precise to a second)')
      .option(
        '--cursor [place]',
        'say where the next part begins; with a place: only what follows it, at most -n lines (default: 200)',
      )
    return async (context, args, raw) => {
      const options = raw as LogsOptions
      const targets = args.length > 0 ? args : ['all']
      const query = toQuery(context, targets, options, Date.now())
      const sink = printer(context, context.names.several || names(targets), options.timestamps === true)
      if (options.cursor !== undefined) {
        const { fromCursor } = await import('./logs/from-cursor.ts')
        return fromCursor(context, query, options.cursor === true ? null : options.cursor, sink, options)
      }
      if (options.follow) return (await import('./logs/follow.ts')).follow(context, query, sink)
      let printed = false
      const noting: LogSink = {
        lines: (lines) => {
          printed ||= lines.length > 0
          return sink.lines(lines)
        },
        notices: sink.notices,
      }
      await context.asking(
        'logs.read',
        (client) => readLogs(client, query, noting),
        () => !printed,
      )
      return 0
    }
  },
}
