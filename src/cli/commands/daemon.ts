/** daemon start|stop|restart|status|run: the daemon itself. Its children live on through stop and restart. */

import { readFileSync } from 'node:fs'
import type { Client } from '../../client/client.ts'
import { unreachableKind } from '../../client/connect.ts'
import { formatDuration, formatSize } from '../../protocol/duration.ts'
import { PtrackError } from '../../protocol/errors.ts'
import { monoMs } from '../../protocol/mono.ts'
import { isHome } from '../../protocol/socket-path.ts'
import { VERSION } from '../../protocol/version.ts'
import type { DaemonStatus, SystemLoad } from '../../protocol/view.ts'
import type { CommandSpec } from '../command.ts'
import type { Context } from '../context.ts'
import { integer } from '../input/parse.ts'
import { unitOfDaemon } from './systemd/unit-of-daemon.ts'

/** null when none runs. */
async function running(context: Context): Promise<Client | null> {
  try {
    return await context.connectOnly({ acceptSkew: true })
  } catch (error) {
    if (unreachableKind(error) !== null) return null
    throw error
  }
}

/** A daemon counts as gone when its process is, not when it stops answering: the next one must not find its lock held. */
async function untilGone(context: Context, client: Client, pid: number): Promise<void> {
  const deadline = monoMs() + 60_000
  await client.closed
  for (;;) {
    const next = await running(context)
    const replaced = next !== null && next.hello.pid !== pid
    next?.close()
    if (replaced || (next === null && !isThere(pid))) return
    if (monoMs() > deadline)
      throw new PtrackError('TIMED_OUT', `cannot stop the daemon: pid ${pid} still runs`, { hint: 'see `ptrack daemon logs`' })
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** A zombie is gone: only its parent has not asked yet, and some never do (a container without an init). */
function isThere(pid: number): boolean {
  if (process.platform !== 'linux') return false
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return !/^ [ZXx]/.test(stat.slice(stat.lastIndexOf(')') + 1))
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return false
    throw error
  }
}

async function stop(context: Context, client: Client, killChildren: boolean): Promise<{ pid: number; left: number }> {
  const { pid } = client.hello
  const { left } = await client.request('daemon.stop', { killChildren })
  await untilGone(context, client, pid)
  return { pid, left }
}

const plural = (n: number, one: string): string => `${n} ${one}${n === 1 ? '' : one.endsWith('s') ? 'es' : 's'}`

const loadWords = ({ loadAverages, cpus, memoryBytes, memoryFreeBytes }: SystemLoad): string =>
  `load ${loadAverages.map((load) => load.toFixed(2)).join(' ')} on ${plural(cpus, 'CPU')}, ${formatSize(memoryFreeBytes)} of ${formatSize(memoryBytes)} memory free`

export function statusLines(status: DaemonStatus): string[] {
  const { monitor } = status
  const lines = [
    `daemon running (pid ${status.pid}), version ${status.version}, protocol ${status.protocol}, up ${formatDuration(status.uptimeMs)}`,
    `  home       ${status.home}`,
    `  processes  ${status.processes}, ${status.live} alive, ${status.adopted} adopted`,
    ...(status.halted ? ['  halted     all was stopped with the daemon; `ptrack daemon start` starts it again'] : []),
    `  clients    ${status.clients}`,
    `  http       ${status.http === null ? 'on the socket only' : `${status.http.host}:${status.http.port}`}`,
    `  memory     ${formatSize(status.rssBytes)}`,
    ...(status.system ? [`  machine    ${loadWords(status.system)}`] : []),
    `  state      ${status.stateError ? `cannot be written since ${status.stateError.since}: ${status.stateError.message}` : `${status.stateBytes === null ? 'not written yet' : formatSize(status.stateBytes)}, ${plural(status.stateWrites, 'write')}`}`,
    `  monitor    every ${formatDuration(monitor.intervalMs)}${monitor.lastRoundMs === null ? '' : `, last round took ${Math.round(monitor.lastRoundMs)}ms`}`,
    `  logs       rotated by ${status.rotation === 'collapse' ? 'collapsing files in place' : status.rotation === 'freeze' ? 'stopping the tree for a moment' : 'a way not yet known'}`,
  ]
  for (const file of status.quarantined) lines.push(`  set aside  ${file}`)
  for (const note of status.notes) lines.push(`  note       ${note}`)
  return lines
}

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

/** For the daemon that is started next; the one that runs keeps what it has. Throws USAGE. */
function tellListener(context: Context, { http, listen }: Record<string, unknown>): void {
  if (typeof http === 'string' && http !== 'off' && !(/^\d{1,5}$/.test(http) && Number(http) <= 65_535))
    throw new PtrackError('USAGE', `cannot use --http ${http}: it must be \`off\` or a port`)
  if (typeof http === 'string') context.io.env.PTRACK_HTTP = http
  if (typeof listen === 'string') context.io.env.PTRACK_LISTEN = listen
}

/** Names of what was stopped with the daemon and starts now; an older daemon knows no such thing. */
async function lift(client: Client): Promise<string[]> {
  try {
    return (await client.request('daemon.start', {})).started
  } catch (error) {
    if (error instanceof PtrackError && error.code === 'UNKNOWN_METHOD') return []
    throw error
  }
}

const start = command('start', 'start the daemon if it does not run', (parser) => {
  listenOptions(parser)
  return async (context, _args, options) => {
    tellListener(context, options)
    const before = await running(context)
    const client = before ?? (await context.connectFresh())
    const { pid, version } = client.hello
    const lifted = await lift(client)
    if (context.json) context.printJson({ pid, version, started: before === null, lifted })
    else context.print(before ? `the daemon is already running (pid ${pid})` : `daemon started (pid ${pid})`)
    if (lifted.length > 0) context.note(`starting what was stopped with the daemon: ${lifted.join(', ')}`)
    if (before !== null && (options.http !== undefined || options.listen !== undefined))
      context.note('--http and --listen are for a daemon that starts: `ptrack daemon restart` takes them')
    return 0
  }
})

const stopCommand = command('stop', 'stop the daemon; its processes keep running unless --kill-children', (parser) => {
  parser.option('--kill-children', 'stop every process first')
  return async (context, _args, options) => {
    const killChildren = options.killChildren === true
    // Only a daemon knows which of the processes of this machine are its own.
    const client =
      (await running(context)) ?? (killChildren && isHome(context.home) ? await context.connectFresh('--halt') : null)
    if (client === null) {
      if (context.json) context.printJson({ stopped: false, pid: null, left: 0 })
      context.note(`no daemon runs for ${context.home}`)
      return 0
    }
    const { pid, left } = await stop(context, client, killChildren)
    if (context.json) context.printJson({ stopped: true, pid, left })
    else
      context.print(
        `daemon stopped (pid ${pid})${left > 0 ? `, ${plural(left, 'process')} live${left === 1 ? 's' : ''} on` : ''}`,
      )
    if (killChildren) context.note('what it ran stays stopped until `ptrack daemon start`, `ptrack start NAME` or a boot')
    return 0
  }
})

/** The next daemon listens where this one does, unless told otherwise; one of an older version says nothing of it. */
async function keepListener(context: Context, client: Client): Promise<void> {
  const { env } = context.io
  const { http }: Partial<DaemonStatus> = await client.request('daemon.status', {})
  if (http === undefined || (http === null && env.PTRACK_LISTEN !== undefined)) return
  env.PTRACK_HTTP ??= http === null ? 'off' : String(http.port)
  if (http !== null) env.PTRACK_LISTEN ??= http.host
}

const restart = command('restart', 'replace the daemon with this version; its processes keep running', (parser) => {
  listenOptions(parser)
  return async (context, _args, options) => {
    tellListener(context, options)
    return replace(context)
  }
})

async function replace(context: Context): Promise<number> {
  const before = await running(context)
  if (before !== null) await keepListener(context, before)
  const unit = before && unitOfDaemon(before.hello.pid)
  const stopped = before && (unit === null ? await stop(context, before, false) : before.hello)
  if (unit !== null) await (await import('./systemd/systemd.ts')).systemdRestart(unit)
  const client = await context.connectFresh()
  const status = await client.request('daemon.status', {})
  if (context.json)
    context.printJson({
      before: stopped?.pid ?? null,
      pid: status.pid,
      version: status.version,
      live: status.live,
      adopted: status.adopted,
    })
  else
    context.print(
      `daemon ${stopped ? `restarted (pid ${stopped.pid} -> ${status.pid})` : `started (pid ${status.pid})`}, version ${status.version}, ${plural(status.live, 'process')} live${status.live === 1 ? 's' : ''} on`,
    )
  return 0
}

const statusCommand = command(
  'status',
  'show whether the daemon runs and its condition (exit 5 if it does not run)',
  () => async (context) => {
    const client = await context.connectOnly({ acceptSkew: true })
    const status = await client.request('daemon.status', {})
    if (context.json) context.printJson(status)
    else context.io.out(`${statusLines(status).join('\n')}\n`)
    return 0
  },
  { aliases: ['daemon'], local: false },
)

const logs = command('logs', "show the daemon's own log", (parser) => {
  parser
    .option('-f, --follow', 'follow new lines')
    .option('-n, --lines <n>', 'number of lines to show (default: 20)', integer('-n', 0, 1_000_000))
  return async (context, _args, options) => {
    const { daemonLogs } = await import('./daemon/logs.ts')
    return daemonLogs(context, { lines: (options.lines as number | undefined) ?? 20, follow: options.follow === true })
  }
})

const run = command('run', 'run the daemon in the foreground, for systemd and the like', (parser) => {
  listenOptions(parser)
  return async (context, _args, options) => {
    tellListener(context, options)
    // It would leave the place to the other one, without a word and with success.
    const other = await running(context)
    if (other !== null)
      throw new PtrackError('FAILED', `cannot run the daemon here: one already runs (pid ${other.hello.pid})`, {
        hint: 'end it with `ptrack daemon stop`, its processes keep running; `ptrack daemon start` starts what was stopped with it',
      })
    context.io.runDaemonHere(context.home)
    // The daemon now owns this process and ends it; version for whoever reads along.
    context.note(`daemon ${VERSION} runs in the foreground for ${context.home}`)
    return new Promise<number>(() => undefined)
  }
})

export const daemon: readonly CommandSpec[] = [start, stopCommand, restart, statusCommand, logs, run]
