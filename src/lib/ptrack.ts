/** The client of `connect()`: a method per request, the feeds, and an end. */
import { resolve } from 'node:path'
import { sendBytes } from '../client/send-bytes.ts'
import type { DefinitionInput, SignalName } from '../protocol/definition.ts'
import type { HistoryPage, ResultRow, StatsView } from '../protocol/history.ts'
import type { HookView, LimitsView, TypeView } from '../protocol/job-requests.ts'
import type { ActionResult, Input, LogPage, Method, Reply } from '../protocol/requests.ts'
import type { HookSpec, TypePolicy } from '../protocol/settings.ts'
import { key } from '../protocol/terminal-keys.ts'
import type {
  DaemonStatus,
  DescendantView,
  EnvView,
  KillResult,
  OrphanView,
  PortHolderView,
  ProcessDetail,
  ProcessView,
  WhyView,
} from '../protocol/view.ts'
import { execute } from './command.ts'
import { type FeedEvent, Feeds, type Listener } from './feeds.ts'
import type {
  AttachOptions,
  EventsOptions,
  ExecOptions,
  HistoryQuery,
  LimitChanges,
  ListFilter,
  LogsQuery,
  NewProcess,
  ResultsOptions,
  RunningCommand,
  SendOptions,
  StartOptions,
  StatsQuery,
  Targets,
  Terminal,
} from './inputs.ts'
import { isUnreachable, type Link } from './link.ts'
import { followResults } from './results.ts'
import { TerminalStream } from './terminal.ts'

const many = (targets: Targets): string[] => (typeof targets === 'string' ? [targets] : targets)

/** May be repeated after a lost connection, as they change nothing. */
const READING: ReadonlySet<Method> = new Set<Method>(
  'list show why tree port env wait results history stats types orphans limits.get policy.get hooks.list logs.read daemon.status'.split(
    ' ',
  ) as Method[],
)

/**
 * A reconnecting connection to the daemon. An idle one does not keep the program alive; a pending request, a loop over a feed and
 * a listener do. Every method throws PtrackError.
 */
export class Ptrack {
  private readonly link: Link
  private readonly feeds: Feeds

  /** @internal Made by connect(). */
  constructor(link: Link) {
    this.link = link
    this.feeds = new Feeds(link)
  }

  list(filter: ListFilter = {}): Promise<ProcessView[]> {
    return this.ask('list', filter)
  }
  show(targets: Targets): Promise<ProcessDetail[]> {
    return this.ask('show', { targets: many(targets) })
  }
  why(targets: Targets): Promise<WhyView[]> {
    return this.ask('why', { targets: many(targets) })
  }
  tree(targets: Targets): Promise<{ name: string; processes: DescendantView[] }[]> {
    return this.ask('tree', { targets: many(targets) })
  }
  port(port: number): Promise<PortHolderView[]> {
    return this.ask('port', { port })
  }
  env(targets: Targets, options: { reveal?: boolean } = {}): Promise<EnvView[]> {
    return this.ask('env', { targets: many(targets), ...options })
  }
  /** Answers when all have ended (or are healthy); throws TIMED_OUT. */
  wait(targets: Targets, options: { for?: 'healthy' | 'ended'; timeoutMs?: number } = {}): Promise<ActionResult[]> {
    return this.ask('wait', { targets: many(targets), ...options })
  }
  logs(targets: Targets, query: LogsQuery = {}): Promise<LogPage> {
    return this.ask('logs.read', { targets: many(targets), ...query })
  }

  /** Starts existing targets again, or a new process. */
  start(what: Targets | NewProcess, options: StartOptions = {}): Promise<ActionResult[]> {
    const { env, clean, ...rest } = options
    const capture = { caller: clean ? {} : ownEnvironment(), set: env ?? {} }
    if (typeof what === 'string' || Array.isArray(what)) return this.ask('start', { targets: many(what), ...rest })
    const definition: DefinitionInput = { ...what, cwd: resolve(what.cwd ?? '.') }
    return this.ask('start', { definition, env: capture, ...rest })
  }
  stop(targets: Targets, options: { timeoutMs?: number; noWait?: boolean } = {}): Promise<ActionResult[]> {
    return this.ask('stop', { targets: many(targets), ...options })
  }
  restart(targets: Targets, options: { noWait?: boolean; dependents?: boolean } = {}): Promise<ActionResult[]> {
    return this.ask('restart', { targets: many(targets), ...options })
  }
  reload(targets: Targets): Promise<ActionResult[]> {
    return this.ask('reload', { targets: many(targets) })
  }
  delete(targets: Targets, options: { purge?: boolean } = {}): Promise<ActionResult[]> {
    return this.ask('delete', { targets: many(targets), ...options })
  }
  cancel(targets: Targets, options: { noWait?: boolean } = {}): Promise<ActionResult[]> {
    return this.ask('cancel', { targets: many(targets), ...options })
  }
  /** At the next checkpoint of a program that has any, else at once; `now`: at once. */
  pause(targets: Targets, options: { now?: boolean; noWait?: boolean } = {}): Promise<ActionResult[]> {
    return this.ask('pause', { targets: many(targets), ...options })
  }
  resume(targets: Targets): Promise<ActionResult[]> {
    return this.ask('resume', { targets: many(targets) })
  }
  /** They leave the session that started them, and stay when it ends. */
  keep(targets: Targets): Promise<ActionResult[]> {
    return this.ask('keep', { targets: many(targets) })
  }

  reset(targets: Targets): Promise<ActionResult[]> {
    return this.ask('reset', { targets: many(targets) })
  }
  signal(targets: Targets, signal: SignalName): Promise<ActionResult[]> {
    return this.ask('signal', { targets: many(targets), signal })
  }
  scale(target: string, instances: number, options: { noWait?: boolean } = {}): Promise<ActionResult[]> {
    return this.ask('scale', { target, instances, ...options })
  }
  /** `expected`: what fields had when this was decided; CONFLICT, and nothing is done, if one of them has changed since. */
  set(
    targets: Targets,
    changes: Partial<Omit<DefinitionInput, 'name' | 'kind' | 'instance'>>,
    options: { expected?: Record<string, unknown> } = {},
  ): Promise<ActionResult[]> {
    return this.ask('set', { targets: many(targets), changes, ...options })
  }
  flush(targets: Targets): Promise<ActionResult[]> {
    return this.ask('flush', { targets: many(targets) })
  }

  history(query: HistoryQuery = {}): Promise<HistoryPage> {
    return this.ask('history', query)
  }
  stats(query: StatsQuery = {}): Promise<StatsView> {
    return this.ask('stats', query)
  }
  types(): Promise<TypeView[]> {
    return this.ask('types', {})
  }
  limits(): Promise<LimitsView> {
    return this.ask('limits.get', {})
  }
  setLimits(changes: LimitChanges): Promise<LimitsView> {
    return this.ask('limits.set', changes)
  }
  policies(type?: string): Promise<{ type: string; policy: TypePolicy }[]> {
    return this.ask('policy.get', { type })
  }
  setPolicy(type: string, policy: TypePolicy): Promise<{ type: string; policy: TypePolicy }> {
    return this.ask('policy.set', { type, policy })
  }
  deletePolicy(type: string): Promise<{ ok: boolean }> {
    return this.ask('policy.delete', { type })
  }
  hooks(): Promise<HookView[]> {
    return this.ask('hooks.list', {})
  }
  addHook(hook: HookSpec): Promise<HookView> {
    return this.ask('hooks.add', hook)
  }
  deleteHook(id: string): Promise<{ ok: boolean }> {
    return this.ask('hooks.delete', { id })
  }
  testHook(hook: { id: string } | { run: string }): Promise<{ ok: boolean; detail: string; tookMs: number }> {
    return this.ask('hooks.test', hook)
  }

  orphans(): Promise<OrphanView[]> {
    return this.ask('orphans', {})
  }
  /** Ends orphans by the `identity` from orphans(). */
  killOrphan(identities: string[], options: { graceMs?: number; dryRun?: boolean } = {}): Promise<KillResult[]> {
    return this.ask('kill-orphan', { identities, callerPid: process.pid, ...options })
  }
  daemonStatus(): Promise<DaemonStatus> {
    return this.ask('daemon.status', {})
  }

  /** Types at the terminal of a process (`tty`): the text and Enter. Throws TIMED_OUT when it does not read. */
  async send(target: string, text: string, { raw = false, keys = [] }: SendOptions = {}): Promise<void> {
    const typed = `${raw ? text : `${text}\r`}${keys.map((each) => key(each, 'keys')).join('')}`
    await sendBytes((params) => this.ask('send', params), target, Buffer.from(typed))
  }
  /** The terminal of a process (`tty`), from now on, as a stream. */
  async attach(target: string, { size }: AttachOptions = {}): Promise<Terminal> {
    const { id, name, run, from } = await this.ask('attach', { target })
    const terminal = new TerminalStream(this.link, (method, params) => this.ask(method, params), { id, name, run, from })
    if (size !== undefined) await terminal.redraw(size)
    return terminal
  }
  /** Runs a command with the environment, directory, user and limits of a process. */
  exec(target: string, command: string[], options: ExecOptions = {}): Promise<RunningCommand> {
    return execute(this.link, (method, params) => this.ask(method, params), target, command, options)
  }

  /** Rows of results: existing ones, then new ones, each once, across daemon restarts. Ends when the process has ended. */
  results(target: string, options: ResultsOptions = {}): AsyncIterable<ResultRow> {
    return followResults((params) => this.ask('results', params), this.link, target, options)
  }

  /** Events as they come, each once; see FeedEvent for additional ones. */
  events(options: EventsOptions = {}): AsyncIterable<FeedEvent> {
    return this.feeds.events(options)
  }

  /**
   * Calls back with every event of a type, and returns how to stop. Misses nothing that a later request of this client causes. A
   * listener keeps the program alive.
   */
  on<T extends FeedEvent['type']>(type: T, listener: Listener<T>): () => void {
    return this.feeds.on(type, listener)
  }

  /** Calls back with all present views, now and after every change (simultaneous ones count as one); returns how to stop. */
  watch(listener: (views: ProcessView[]) => void): () => void {
    return this.feeds.watch(listener)
  }

  /** Ends feeds, listeners and the connection; pending requests are rejected. */
  close(): void {
    this.feeds.close()
    this.link.close()
  }

  private async ask<M extends Method>(method: M, params: Input<M>): Promise<Reply<M>> {
    await this.feeds.listening
    const release = this.link.hold()
    try {
      const client = await this.link.client()
      return await client.request(method, params)
    } catch (error) {
      // The daemon went away before its answer. A change may have happened: only the caller can decide.
      if (this.link.closed || !READING.has(method) || !isUnreachable(error)) throw error
      return await (await this.link.client()).request(method, params)
    } finally {
      release()
    }
  }
}

/** What a program would inherit from us, without the marker of our own run. */
function ownEnvironment(): Record<string, string> {
  const env: Record<string, string> = {}
  for (const [name, value] of Object.entries(process.env))
    if (value !== undefined && !name.startsWith('PTRACK_')) env[name] = value
  return env
}
