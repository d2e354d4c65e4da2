/** Options for every field of a definition, shared by start, run and set; and their translation into the request. */
import type { Command } from 'commander'
import type { DefinitionInput, Probe } from '../../protocol/definition.ts'
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
    if (forSet) command.option(`--no-${name}`, `turn --${name} off`)
  }
  command
    .optionsGroup('Metadata:')
    .option('--title <text>', 'title for people', parse.orNone(asText))
    .option('--description <text>', 'longer text for people', parse.orNone(asText))
    .option('--type <type>', 'label for filters, limits and policies (default: the kind)')
    .option('--tag <tag>', 'tag (repeatable)', parse.collect(asText))
    .option(
      '--meta, --metadata <k=v>',
      'metadata; JSON values are kept as JSON (repeatable)',
      parse.collect(parse.metadata('--meta')),
    )
    .option('--cwd <dir>', 'working directory (default: the current one)')
    .optionsGroup('Health checks:')
    .option(
      '--port <n|auto>',
      'TCP port the process must hold; PORT is the first (repeatable)',
      parse.collect(parse.port('--port')),
    )
    .option('--health <check>', 'http://.. | exec:CMD | log:REGEX | tcp:HOST:PORT | notify | none', parse.probe)
    .option('--health-period <time>', 'time between two checks (default: 3s)', parse.duration('--health-period'))
    .option('--health-timeout <time>', 'time after which a check has failed (default: 2s)', parse.duration('--health-timeout'))
    .option(
      '--health-failures <n>',
      'failed checks in a row that mean unhealthy (default: 3)',
      parse.integer('--health-failures', 1, 1000),
    )
    .option('--ready-timeout <time>', 'time to become healthy after a start (default: 30s)', parse.duration('--ready-timeout'))
  flag('restart-unhealthy', 'restart when unhealthy')
  command
    .optionsGroup('Restart and stop:')
    .option(
      '--restart <policy>',
      'always | on-failure | never (default: always for a service, never for a job)',
      parse.choice('--restart', ['always', 'on-failure', 'never'] as const),
    )
    .option(
      '--max-restarts <n>',
      'failures within the window after which the process stays failed; none = no limit',
      parse.orNone(parse.integer('--max-restarts', 0, 1_000_000)),
    )
    .option('--restart-window <time>', 'window of --max-restarts (default: 10m)', parse.duration('--restart-window'))
    .option(
      '--restart-delay <time>',
      'fixed delay before each restart; none = exponential backoff',
      parse.orNone(parse.duration('--restart-delay', 100)),
    )
    .option('--ok-exit <codes>', 'exit codes that mean success, such as 0,3 (default: 0)', parse.exitCodes('--ok-exit'))
    // Named without the leading `no-` inside, because the parser would take it for the negation of another option.
    .addOption(
      negationFree(
        command,
        '--no-restart-exit <codes>',
        'exit codes after which the process is not restarted',
        parse.exitCodes('--no-restart-exit'),
      ),
    )
    .option(
      '--leftovers <what>',
      'kill | keep child processes that outlive it (default: kill for a service, keep for a job)',
      parse.choice('--leftovers', ['kill', 'keep'] as const),
    )
    .option('--stop-signal <signal>', 'signal that a stop sends first (default: TERM)', parse.signalName('--stop-signal'))
    .option('--stop-timeout <time>', 'time from that signal to SIGKILL (default: 10s)', parse.duration('--stop-timeout'))
  addJobOptions(command, flag, forSet)
  command.optionsGroup('Limits, user, logs:')
  flag('record-exit', 'record the exit code of a service too, so that it survives the daemon')
  command
    .option('--log-max <size>', 'size at which a log is rotated (default: 10M)', parse.size('--log-max'))
    .option('--log-keep <n>', 'rotated logs kept per stream (default: 5)', parse.integer('--log-keep', 0, 1000))
    .option(
      '--max-memory <size>',
      'end the process when its whole tree uses more memory; none = no limit',
      parse.orNone(parse.size('--max-memory')),
    )
    .option('--nice <n>', 'scheduling priority; 19 = lowest', parse.orNone(parse.integer('--nice', -20, 19)))
    .option('--user <name>', 'run as this user (root only)', parse.orNone(asText))
    .option('--group <name>', 'run as this group (root only)', parse.orNone(asText))
    .option('--umask <octal>', 'umask of the program', parse.orNone(parse.umask))
    .option('--ulimit <name=n>', 'resource limit, such as nofile=4096 (repeatable)', parse.collect(parse.ulimit))
  flag('cgroup', 'give each run its own cgroup')
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
