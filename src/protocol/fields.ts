/**
 * The one table of a definition's fields: CLI options and completion, ptrack.yaml and its schema, `show`, `set`, the page's form,
 * documents and the library's types derive from it; definition.ts checks the same at the border. A function, so that it costs
 * nothing unused.
 */
import type { Definition } from './definition.ts'
import { type Field, inGroup, NEXT_RUN, NULLABLE, option, plain } from './field.ts'
import { CRON_OVERLAPS, LEFTOVERS, RELOADS, RESTART_POLICIES, RETRY_CAUSES, STOP_SCOPES } from './names.ts'
import * as values from './values.ts'

const commandLine = values.text(4096, 1)

/** In the order of the help. Fields include their unit (`stopTimeoutMs`), and are written without it: see `keyOf`. */
const table = () =>
  ({
    name: plain(values.text(120, 1), { unshown: true }),
    kind: plain(values.text(20), { default: 'service', unshown: true }),
    instance: plain(values.text(200), { default: null, unshown: true }),
    command: plain(values.text(131_072), { repeat: 'list', ...NEXT_RUN }),
    ...inGroup('Metadata:', {
      title: option('--title <text>', 'title for people', values.text(200), NULLABLE),
      description: option('--description <text>', 'longer text for people', values.text(2000), NULLABLE),
      type: option('--type <type>', 'label for filters, limits and policies (default: the kind)', values.text(64, 1), {
        unshown: true,
      }),
      tags: option('--tag <tag>', 'tag (repeatable)', values.text(64, 1), { repeat: 'list', default: [] }),
      metadata: option('--meta, --metadata <k=v>', 'metadata; JSON values are kept as JSON (repeatable)', values.metadata, {
        repeat: 'map',
        default: {},
        unshown: true,
        masked: true,
      }),
      cwd: option('--cwd <dir>', 'working directory (default: the current one)', values.text(4096, 1), NEXT_RUN),
    }),
    ...inGroup('Health checks:', {
      ports: option('--port <n|auto>', 'TCP port the process must hold; PORT is the first (repeatable)', values.port, {
        repeat: 'list',
        default: [],
        unshown: true,
        ...NEXT_RUN,
      }),
      sockets: option(
        '--socket <[name=]address>',
        '[HOST:]PORT, auto or unix:PATH: a listening socket that all instances share (repeatable)',
        values.socket,
        { repeat: 'list', none: true, default: [], ...NEXT_RUN },
      ),
      preload: option('--preload', 'Node programs take a shared socket by themselves (default)', values.onOff, {
        off: 'a Node program takes a shared socket by LISTEN_FDS only',
        default: true,
        ...NEXT_RUN,
      }),
      reload: option(
        '--reload <how>',
        'overlap | serial: whether a new instance serves before the old one ends (with --socket: overlap)',
        values.choice(RELOADS),
        NULLABLE,
      ),
      drainTimeoutMs: option(
        '--drain-timeout <time>',
        'time that a replaced instance has to finish what it has begun (default: 30s)',
        values.duration(),
        { default: 30_000 },
      ),
      health: option('--health <check>', 'http://.. | exec:CMD | log:REGEX | tcp:HOST:PORT | notify | none', values.probe, {
        default: null,
        ...NEXT_RUN,
      }),
      healthPeriodMs: option('--health-period <time>', 'time between two checks (default: 3s)', values.duration(100), {
        default: 3000,
      }),
      healthTimeoutMs: option(
        '--health-timeout <time>',
        'time after which a check has failed (default: 2s)',
        values.duration(10),
        {
          default: 2000,
        },
      ),
      healthFailures: option(
        '--health-failures <n>',
        'failed checks in a row that mean unhealthy (default: 3)',
        values.whole(1, 1000),
        { default: 3 },
      ),
      readyTimeoutMs: option(
        '--ready-timeout <time>',
        'time to become healthy after a start (default: 30s)',
        values.duration(1),
        {
          default: 30_000,
        },
      ),
      restartUnhealthy: option('--restart-unhealthy', 'restart when unhealthy', values.onOff, { default: false }),
    }),
    ...inGroup('Restart and stop:', {
      restart: option(
        '--restart <policy>',
        'always | on-failure | never (default: always for a service, never for a job)',
        values.choice(RESTART_POLICIES),
      ),
      maxRestarts: option(
        '--max-restarts <n>',
        'failures within the window after which the process stays failed; none = no limit',
        values.whole(0, 1_000_000),
        NULLABLE,
      ),
      restartWindowMs: option('--restart-window <time>', 'window of --max-restarts (default: 10m)', values.duration(1), {
        default: 600_000,
      }),
      restartDelayMs: option(
        '--restart-delay <time>',
        'fixed delay before each restart; none = exponential backoff',
        values.duration(100),
        NULLABLE,
      ),
      okExit: option('--ok-exit <codes>', 'exit codes that mean success, such as 0,3 (default: 0)', values.exitCodes, {
        default: [0],
      }),
      noRestartExit: option(
        '--no-restart-exit <codes>',
        'exit codes after which the process is not restarted',
        values.exitCodes,
        { default: [] },
      ),
      leftovers: option(
        '--leftovers <what>',
        'kill | keep child processes that outlive it (default: kill for a service, keep for a job)',
        values.choice(LEFTOVERS),
      ),
      critical: option('--critical', '`ptrack runtime` ends with it, and with its exit code', values.onOff, { default: false }),
      stopSignal: option('--stop-signal <signal>', 'signal that a stop sends first (default: TERM)', values.signal, {
        default: 'SIGTERM',
      }),
      stopTimeoutMs: option('--stop-timeout <time>', 'time from that signal to SIGKILL (default: 10s)', values.duration(), {
        default: 10_000,
      }),
      stopScope: option(
        '--stop-scope <whom>',
        'tree | main: a stop signals all its processes at once, or the program first and the rest after its end (default: tree)',
        values.choice(STOP_SCOPES),
        { default: 'tree' },
      ),
      stopSend: option(
        '--stop-send <text>',
        'with --tty: what a stop types at it, and Enter, instead of that signal',
        values.text(1000, 1),
        NULLABLE,
      ),
      preStart: option(
        '--pre-start <command>',
        'execute this before each start; the program starts if it succeeds',
        commandLine,
        {
          ...NULLABLE,
          ...NEXT_RUN,
        },
      ),
      postStart: option(
        '--post-start <command>',
        'execute this when the program is ready; it counts as started if it succeeds',
        commandLine,
        { ...NULLABLE, ...NEXT_RUN },
      ),
      preStop: option('--pre-stop <command>', 'execute this before the stop signal', commandLine, NULLABLE),
      postStop: option('--post-stop <command>', 'execute this after each end, before the next start', commandLine, NULLABLE),
      lifecycleTimeoutMs: option(
        '--lifecycle-timeout <time>',
        'time that each of these four commands has (default: 30s)',
        values.duration(1),
        { default: 30_000 },
      ),
    }),
    ...inGroup('Scheduling and retries:', {
      timeoutMs: option(
        '--timeout <time>',
        'end a run that takes longer (default: 2h for a job); none = no limit',
        values.duration(1),
        { none: true },
      ),
      priority: option('--priority <n>', 'higher runs first in the queue (default: 0)', values.whole(-1000, 1000), {
        default: 0,
      }),
      retries: option('--retries <n>', 'how often to retry a failed job (default: 0)', values.whole(0, 1_000_000)),
      retryInitialMs: option('--retry-initial <time>', 'delay before the first retry (default: 1s)', values.duration(1)),
      retryMaxMs: option('--retry-max <time>', 'longest delay between retries (default: 5m)', values.duration(1)),
      retryFactor: option('--retry-factor <n>', 'backoff multiplier (default: 2)', values.decimal(1, 100)),
      retryJitter: option('--retry-jitter', 'vary the delays randomly', values.onOff, {
        off: 'use the delays exactly as computed',
      }),
      retryOn: option(
        '--retry-on <causes>',
        'retry after failure, timeout or both, with a comma (default: failure)',
        values.listOf(values.choice(RETRY_CAUSES)),
        { default: ['failure'] },
      ),
      retryInterrupted: option('--retry-interrupted', 'retry a job whose outcome was lost', values.onOff, { default: false }),
      after: option(
        '--after <name[:when]>',
        'start once NAME is started, healthy, done or ended, however that was (default: done for a job, healthy for a service; repeatable)',
        values.after,
        { repeat: 'list', none: true, default: [] },
      ),
      cron: option('--cron <expr>', 'cron schedule: five or six fields, or @daily and the like', values.text(256, 1), NULLABLE),
      cronOverlap: option(
        '--cron-overlap <what>',
        'skip | queue a turn that comes while a run is active (default: skip)',
        values.choice(CRON_OVERLAPS),
        { default: 'skip' },
      ),
      watchFiles: option(
        '--watch-files <glob>',
        "restart when a matching file changes; '!GLOB' leaves files out (repeatable)",
        values.text(4096, 1),
        { repeat: 'list', none: true, default: [] },
      ),
      hooks: option(
        '--on <triggers> <action>',
        'run an action, such as: failed,done exec:CMD | webhook:URL | mail:ADDRESS (repeatable)',
        values.hook,
        { repeat: 'list', none: true, default: [] },
      ),
    }),
    ...inGroup('Limits, user, logs:', {
      recordExit: option('--record-exit', 'record the exit code of a service too, so that it survives the daemon', values.onOff, {
        default: false,
        ...NEXT_RUN,
      }),
      tty: option('-t, --tty', 'give it a terminal of its own, for `attach` and `send`', values.onOff, {
        default: false,
        ...NEXT_RUN,
      }),
      logMaxBytes: option('--log-max <size>', 'size at which a log is rotated (default: 10M)', values.size(65_536), {
        default: 10 * 1024 ** 2,
        ...NEXT_RUN,
      }),
      logKeep: option('--log-keep <n>', 'rotated logs kept per stream (default: 5)', values.whole(0, 1000), {
        default: 5,
        ...NEXT_RUN,
      }),
      stdin: option('--stdin <file>', 'a file to read as stdin; null = none, in the foreground neither', values.text(4096, 1), {
        ...NULLABLE,
        ...NEXT_RUN,
      }),
      outFile: option(
        '--out-file <path>',
        'write stdout to this file, rotated there; {instance} = its number; /dev/null drops it',
        values.text(4096, 1),
        { ...NULLABLE, ...NEXT_RUN },
      ),
      errFile: option('--err-file <path>', 'the same for stderr; may be the file of stdout', values.text(4096, 1), {
        ...NULLABLE,
        ...NEXT_RUN,
      }),
      maxMemoryBytes: option(
        '--max-memory <size>',
        'end the process when its whole tree uses more memory; none = no limit',
        values.size(1024),
        NULLABLE,
      ),
      nice: option('--nice <n>', 'scheduling priority; 19 = lowest', values.whole(-20, 19), { ...NULLABLE, ...NEXT_RUN }),
      user: option('--user <name>', 'run as this user (root only)', values.text(64, 1), { ...NULLABLE, ...NEXT_RUN }),
      group: option('--group <name>', 'run as this group (root only)', values.text(64, 1), { ...NULLABLE, ...NEXT_RUN }),
      umask: option('--umask <octal>', 'umask of the program', values.umask, { ...NULLABLE, ...NEXT_RUN }),
      ulimits: option('--ulimit <name=n>', 'resource limit, such as nofile=4096 (repeatable)', values.ulimit, {
        repeat: 'map',
        default: {},
        ...NEXT_RUN,
      }),
      cgroup: option(
        '--cgroup',
        'give each run its own cgroup; --max-memory is then a hard limit too, where the kernel allows',
        values.onOff,
        { default: false, ...NEXT_RUN },
      ),
      cpus: option('--cpus <n>', 'processors that the whole tree may use, such as 1.5 (cgroup v2)', values.decimal(0.01, 4096), {
        ...NULLABLE,
        ...NEXT_RUN,
      }),
      pids: option('--pids <n>', 'processes and threads that the whole tree may have (cgroup v2)', values.whole(1, 4_194_304), {
        ...NULLABLE,
        ...NEXT_RUN,
      }),
      noNewPrivileges: option('--no-new-privileges', 'setuid programs and capabilities give it no more rights', values.onOff, {
        default: false,
        ...NEXT_RUN,
      }),
      readOnly: option(
        '--read-only <path>',
        'no writing to this file or below this directory (repeatable)',
        values.text(4096, 1),
        {
          repeat: 'list',
          none: true,
          default: [],
          ...NEXT_RUN,
        },
      ),
      privateTmp: option('--private-tmp', 'an empty /tmp and /var/tmp in memory, gone with it', values.onOff, {
        default: false,
        ...NEXT_RUN,
      }),
    }),
  }) satisfies Record<keyof Definition, Field>

let made: Record<keyof Definition, Field> | undefined
export const fields = (): Readonly<Record<keyof Definition, Field>> => {
  made ??= table()
  return made
}

/** As written in a file, where the value has the unit: `stopTimeout: 10s`. */
export const keyOf = (field: string): string => field.replace(/(Ms|Bytes)$/, '')

/** Whether a run started with one of them is as a run started with the other. */
export const sameForRun = <D extends object>(a: D, b: D): boolean =>
  Object.entries(a).every(
    ([field, value]) => !isForNextRun(field) || JSON.stringify(value) === JSON.stringify(b[field as keyof D]),
  )

/** `definition` with those fields of `earlier` that a run is started with. */
export const withRunFieldsOf = <D extends object>(definition: D, earlier: Partial<D>): D => ({
  ...definition,
  ...Object.fromEntries(Object.entries(earlier).filter(([field]) => isForNextRun(field))),
})

/** Only a new run picks it up. */
export const isForNextRun = (field: string): boolean => (fields() as Partial<Record<string, Field>>)[field]?.effect === 'next run'
