/** Options for every field of a definition, shared by start, run and set; and their translation into the request. */
import type { Command } from 'commander'
import type { DefinitionInput, Probe } from '../protocol/definition.ts'
import { addJobOptions, type JobOptions, jobFields } from './job-options.ts'
import * as parse from './parse.ts'

/** What the parser hands over (NONE for null); absent = not given, so that only what differs from the defaults is sent. */
export interface DefinitionOptions extends JobOptions {
  title?: string | null
  description?: string | null
  type?: string
  tag?: string[]
  metadata?: [string, unknown][]
  cwd?: string
  port?: (number | 'auto')[]
  health?: Probe
  healthPeriod?: number
  healthTimeout?: number
  healthFailures?: number
  readyTimeout?: number
  restartUnhealthy?: boolean
  restart?: 'always' | 'on-failure' | 'never'
  maxRestarts?: number | null
  restartWindow?: number
  restartDelay?: number | null
  okExit?: number[]
  /** Commander reads `--no-restart-exit` as the negation of `--restart-exit`; see `addDefinitionOptions`. */
  noRestartExit?: number[]
  leftovers?: 'kill' | 'keep'
  stopSignal?: parse.SignalName
  stopTimeout?: number
  recordExit?: boolean
  logMax?: number
  logKeep?: number
  maxMemory?: number | null
  nice?: number | null
  user?: string | null
  group?: string | null
  umask?: string | null
  ulimit?: [parse.UlimitName, string][]
  cgroup?: boolean
}

const asText = (text: string): string => text

/** `set` changes a definition that exists: switches can be turned off again there. */
export function addDefinitionOptions(command: Command, forSet = false): Command {
  const flag = (name: string, text: string): void => {
    command.option(`--${name}`, text)
    if (forSet) command.option(`--no-${name}`, `turns --${name} off`)
  }
  command
    .optionsGroup('What it is:')
    .option('--title <text>', 'a title for people', parse.orNone(asText))
    .option('--description <text>', 'a longer text for people', parse.orNone(asText))
    .option('--type <type>', 'free text that groups processes for filters, limits and policies (the kind)')
    .option('--tag <tag>', 'a named set it belongs to; repeatable', parse.collect(asText))
    .option(
      '--meta, --metadata <k=v>',
      'anything; JSON values are kept as such; repeatable',
      parse.collect(parse.metadata('--meta')),
    )
    .option('--cwd <dir>', 'directory it runs in (the present one)')
    .optionsGroup('Health:')
    .option('--port <n|auto>', 'a TCP port it must hold; the first is in PORT; repeatable', parse.collect(parse.port('--port')))
    .option('--health <check>', 'http://.. | exec:CMD | log:REGEX | tcp:HOST:PORT | notify | none', parse.probe)
    .option('--health-period <time>', 'time between two checks (3s)', parse.duration('--health-period'))
    .option('--health-timeout <time>', 'a check that takes longer failed (2s)', parse.duration('--health-timeout'))
    .option(
      '--health-failures <n>',
      'failed checks in a row that mean unhealthy (3)',
      parse.integer('--health-failures', 1, 1000),
    )
    .option('--ready-timeout <time>', 'time to become healthy after a start (30s)', parse.duration('--ready-timeout'))
  flag('restart-unhealthy', 'restart it when it is unhealthy')
  command
    .optionsGroup('Restarting and stopping:')
    .option(
      '--restart <policy>',
      'always | on-failure | never (service: always, job: never)',
      parse.choice('--restart', ['always', 'on-failure', 'never'] as const),
    )
    .option(
      '--max-restarts <n>',
      'failures in the window after which it stays failed; none = go on',
      parse.orNone(parse.integer('--max-restarts', 0, 1_000_000)),
    )
    .option('--restart-window <time>', 'the window of --max-restarts (10m)', parse.duration('--restart-window'))
    .option(
      '--restart-delay <time>',
      'fixed pause before each restart instead of growing ones; none = growing',
      parse.orNone(parse.duration('--restart-delay', 100)),
    )
    .option('--ok-exit <codes>', 'exit codes that mean success, such as 0,3 (0)', parse.exitCodes('--ok-exit'))
    // Named without the leading `no-` inside, because the parser would take it for the negation of another option.
    .addOption(
      negationFree(
        command,
        '--no-restart-exit <codes>',
        'exit codes after which it is not restarted',
        parse.exitCodes('--no-restart-exit'),
      ),
    )
    .option(
      '--leftovers <what>',
      'kill | keep what outlives it (service: kill, job: keep)',
      parse.choice('--leftovers', ['kill', 'keep'] as const),
    )
    .option('--stop-signal <signal>', 'first signal of a stop (TERM)', parse.signalName('--stop-signal'))
    .option('--stop-timeout <time>', 'time from that signal to SIGKILL (10s)', parse.duration('--stop-timeout'))
  addJobOptions(command, flag, forSet)
  command.optionsGroup('Limits, user, logs:')
  flag('record-exit', 'a service too has its exit code written down, so that it outlives the daemon')
  command
    .option('--log-max <size>', 'size at which a log is rotated (10M)', parse.size('--log-max'))
    .option('--log-keep <n>', 'rotated logs kept per stream (5)', parse.integer('--log-keep', 0, 1000))
    .option(
      '--max-memory <size>',
      'memory of the whole tree above which it is ended; none = no limit',
      parse.orNone(parse.size('--max-memory')),
    )
    .option('--nice <n>', 'scheduling priority, 19 = lowest', parse.orNone(parse.integer('--nice', -20, 19)))
    .option('--user <name>', 'user it runs as (root only)', parse.orNone(asText))
    .option('--group <name>', 'group it runs as (root only)', parse.orNone(asText))
    .option('--umask <octal>', 'umask of its files', parse.orNone(parse.umask))
    .option('--ulimit <name=n>', 'a resource limit, such as nofile=4096; repeatable', parse.collect(parse.ulimit))
  flag('cgroup', 'a cgroup of its own for each run')
  // What follows is of the command itself.
  return command.optionsGroup('Options:')
}

function negationFree(
  command: Command,
  flags: string,
  text: string,
  parser: (text: string) => unknown,
): ReturnType<Command['createOption']> {
  const option = command.createOption(flags, text).argParser(parser)
  option.negate = false
  option.attributeName = () => 'noRestartExit'
  return option
}

/** Only what was given; `cwd` is left to the caller, which knows what it is relative to. */
export function definitionFields(given: DefinitionOptions): Partial<DefinitionInput> {
  const options = Object.fromEntries(
    Object.entries(given).map(([key, value]) => [key, value === parse.NONE ? null : value]),
  ) as DefinitionOptions
  const fields: Partial<DefinitionInput> = {
    ...jobFields(options),
    title: options.title,
    description: options.description,
    type: options.type,
    tags: options.tag,
    metadata: options.metadata && Object.fromEntries(options.metadata),
    ports: options.port,
    health: options.health,
    healthPeriodMs: options.healthPeriod,
    healthTimeoutMs: options.healthTimeout,
    healthFailures: options.healthFailures,
    readyTimeoutMs: options.readyTimeout,
    restartUnhealthy: options.restartUnhealthy,
    restart: options.restart,
    maxRestarts: options.maxRestarts,
    restartWindowMs: options.restartWindow,
    restartDelayMs: options.restartDelay,
    okExit: options.okExit,
    noRestartExit: options.noRestartExit,
    leftovers: options.leftovers,
    stopSignal: options.stopSignal,
    stopTimeoutMs: options.stopTimeout,
    recordExit: options.recordExit,
    logMaxBytes: options.logMax,
    logKeep: options.logKeep,
    maxMemoryBytes: options.maxMemory,
    nice: options.nice,
    user: options.user,
    group: options.group,
    umask: options.umask,
    ulimits: options.ulimit && Object.fromEntries(options.ulimit),
    cgroup: options.cgroup,
  }
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
