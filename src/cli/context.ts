/** What every command gets: the daemon, output, and whether a program or a person reads it. */
import type { Client } from '../client/client.ts'
import { connect, unreachableKind } from '../client/connect.ts'
import type { Reader } from '../client/empty-home.ts'
import { runningRuntimeHome } from '../client/runtime-home.ts'
import type { CallerEnv, DaemonFlag } from '../protocol/daemon-command.ts'
import { PtrackError } from '../protocol/errors.ts'
import type { Input, Method, Reply } from '../protocol/requests.ts'
import { homeDirectory, isHome } from '../protocol/socket-path.ts'
import { VERSION } from '../protocol/version.ts'
import { skewHint } from '../words/versions.ts'
import { originOf } from './input/address.ts'
import type { Io } from './io.ts'
import { ShownNames } from './output/shown-names.ts'
import { colorWanted, createStyle, type Style } from './output/style.ts'
import { type Preferences, readPreferences } from './preferences.ts'

export interface Context {
  io: Io
  json: boolean
  home: string
  /** The home was named by --home, PTRACK_HOME or a preference. */
  homeIsChosen: boolean
  preferences: Preferences
  /** A daemon behind a URL: local paths and environment mean nothing there. */
  remote: NamedRemote | null
  /** For stdout; `errStyle` for stderr. */
  style: Style
  errStyle: Style
  /** Columns to fit into; null = no limit. */
  width: number | null
  print(line: string): void
  /** The only thing printed with --json. */
  printJson(value: unknown): void
  /** A line for a person: on stdout, but on stderr with --json. */
  say(line: string): void
  /** A line beside the data, always on stderr. */
  note(line: string): void
  /** Connects, and starts the daemon if none runs; once per command. */
  client(): Promise<Client>
  /** `client` for reading: null where there is no home, since nothing is to be read there. */
  clientIfHome(): Promise<Client | null>
  /** Connects to a running daemon; UNREACHABLE otherwise. Each call is a connection of its own. */
  connectOnly(options?: { acceptSkew?: boolean }): Promise<Client>
  /** Preferences for a daemon started here; the environment overrides them. */
  daemonEnv: CallerEnv
  /** A fresh connection, starting the daemon (in this way) if none runs. */
  connectFresh(how?: DaemonStart): Promise<Client>
  /** How processes are called in what a person reads. */
  names: ShownNames
  request<M extends Method>(method: M, params: Input<M>): Promise<Reply<M>>
  /** `request` for several of a kind. Reads survive a daemon's death; errors of a change say that it may be done. */
  asking<T>(method: Method, work: (reader: Reader) => Promise<T>, mayRepeat?: () => boolean): Promise<T>
  /** The same command about another home. */
  inHome(home: string): Context
  /** The same daemon for another command of this process: with connections of its own, and its own output. */
  anew(io: Partial<Io>, json: boolean): Context
  /** As `anew`, for the daemon of another node. */
  through(node: FarNode, io: Partial<Io>): Context
  close(): void
}

export interface DaemonStart {
  flag?: DaemonFlag
  /** Overrides the environment. */
  env?: CallerEnv
}

export interface NamedRemote {
  name: string
  /** Empty: a node of the fleet, which has none. */
  url: string
  token: string | null
}

export interface FarNode extends NamedRemote {
  names: ShownNames
  connect(options: { clientName?: string; acceptSkew?: boolean }): Promise<Client>
}

export const CLIENT_NAME = 'cli'
/** The built-in context: this machine's daemon. */
export const LOCAL = 'local'

/** In order: --context, --home, PTRACK_URL, PTRACK_HOME (as in a program that ptrack runs), the preference. */
function remoteOf(
  env: Io['env'],
  preferences: Preferences,
  options: { home: string | undefined; context: string | undefined },
): NamedRemote | null {
  if (options.context === undefined) {
    if (options.home !== undefined) return null
    // PTRACK_TOKEN alone is a run's own token, and means no remote daemon.
    if (env.PTRACK_URL) {
      const url = originOf(env.PTRACK_URL, 'PTRACK_URL')
      return { name: url, url, token: env.PTRACK_TOKEN ?? null }
    }
    if (env.PTRACK_HOME) return null
  }
  const name = options.context ?? preferences.context ?? LOCAL
  if (name === LOCAL) return null
  if (!Object.hasOwn(preferences.contexts, name))
    throw new PtrackError('USAGE', `cannot use the context ${name}: there is none of that name`, {
      hint: '`ptrack context ls` shows them, `ptrack context use local` goes back to this machine',
    })
  return { name, ...preferences.contexts[name]! }
}

export function createContext(
  io: Io,
  options: { json: boolean; home: string | undefined; context: string | undefined },
  far?: FarNode,
): Context {
  // A variable that a script forgot to set must not mean the user's home.
  if (options.home === '')
    throw new PtrackError('USAGE', 'cannot use the home "": it is empty', { hint: 'leave --home out for the default one' })
  const preferences = readPreferences(io.env)
  const remote = far ?? remoteOf(io.env, preferences, options)
  const isNamed = Boolean(options.home || io.env.PTRACK_HOME)
  const container = isNamed || remote !== null ? null : runningRuntimeHome()
  const home = container ?? homeDirectory(io.env, isNamed ? options.home : preferences.home)
  const local = () => ({ home, clientName: CLIENT_NAME, command: io.words, cwd: directoryOf(io) })
  const open: Client[] = []
  let shared: Promise<Client> | null = null
  /** The one connection of this command, before it is known whether a daemon must be started; null: there is no home. */
  let reached: Promise<Client | null> | null = null
  let skewSaid = false
  let closed = false
  const names = far?.names ?? new ShownNames(options.json)

  const keep = (client: Client): Client => {
    open.push(client)
    if (closed) client.close()
    names.found(client.hello.project ?? null)
    const theirs = client.hello.version
    if (theirs !== VERSION && !skewSaid) {
      skewSaid = true
      context.note(
        `the daemon is ${theirs}, this CLI is ${VERSION}; ${skewHint(theirs, VERSION, remote === null ? '' : ' there')}`,
      )
    }
    return client
  }
  const start = async ({ flag, env }: DaemonStart = {}): Promise<Client> => {
    // Starting a daemon is rare, and its code would cost every command some milliseconds to load.
    const { connectOrStart } = await import('../client/ensure-daemon.ts')
    const environment = { ...context.daemonEnv, ...io.env, ...env }
    return keep(await connectOrStart({ ...local(), env: environment, daemonScript: io.daemonScript, flag }))
  }
  const connectIf = async (mayStart: () => boolean, how?: DaemonStart): Promise<Client | null> => {
    try {
      return await context.connectOnly()
    } catch (error) {
      // A daemon on another machine cannot be started from here.
      if (remote !== null || unreachableKind(error) === null) throw error
      return mayStart() ? start(how) : null
    }
  }
  const context: Context = {
    // Programs on another machine do not get the environment of this one.
    io: remote === null ? io : { ...io, env: {} },
    json: options.json,
    home,
    remote,
    homeIsChosen: isNamed || Boolean(preferences.home),
    preferences,
    daemonEnv: preferences.monitorInterval === undefined ? {} : { PTRACK_MONITOR_INTERVAL: preferences.monitorInterval },
    style: createStyle(colorWanted(io.env, io.stdoutIsTty, preferences.color)),
    errStyle: createStyle(colorWanted(io.env, io.stderrIsTty, preferences.color)),
    width: io.columns(),
    print: (line) => io.out(`${line}\n`),
    printJson: (value) => io.out(`${JSON.stringify(value)}\n`),
    say: (line) => (options.json ? io.err(`${line}\n`) : io.out(`${names.text(line)}\n`)),
    note: (line) => io.err(`ptrack: ${names.text(line)}\n`),
    client: () => {
      shared ??= (async () => (await reached) ?? (await context.connectFresh()))()
      return shared
    },
    clientIfHome: () => {
      if (shared !== null) return shared
      reached ??= connectIf(() => isHome(home))
      return reached
    },
    connectOnly: async (more) => {
      if (far) return keep(await far.connect({ clientName: CLIENT_NAME, ...more }))
      if (remote === null) return keep(await connect({ ...local(), ...more }))
      const { connectRemote } = await import('../client/remote.ts')
      return keep(await connectRemote(remote, { clientName: CLIENT_NAME, command: io.words, ...more }))
    },
    connectFresh: async (how) => (await connectIf(() => true, how))!,
    names,
    request: (method, params) => context.asking(method, async (reader) => names.reply(await reader.request(method, params))),
    asking: async (method, work, mayRepeat) => {
      const reader = async (): Promise<Reader> => {
        const client = await context.clientIfHome()
        if (client !== null) return client
        const { emptyHome } = await import('../client/empty-home.ts')
        return emptyHome(home, method) ?? context.client()
      }
      let first: Reader | null = null
      try {
        first = await reader()
        return await work(first)
      } catch (error) {
        const isAnswer = first !== null && first.hello === undefined
        // Closed by us, so nobody waits for another answer.
        if (closed || isAnswer || !(error instanceof PtrackError) || error.code !== 'UNREACHABLE') throw error
        // Rare, and no command needs it before.
        const { askAgain, unsent } = await import('../client/ask-again.ts')
        if (first === null) throw unsent(error, method)
        const connect = (): Promise<Reader> => {
          shared = null
          reached = null
          return reader()
        }
        return askAgain(error, { method, connect, work, ...(mayRepeat ? { mayRepeat } : {}) })
      }
    },
    anew: (over, json) => createContext({ ...io, ...over }, { ...options, json }, far),
    through: (node, over) => createContext({ ...io, ...over }, options, node),
    inHome: (other) => createContext(io, { json: options.json, home: other, context: LOCAL }),
    close: () => {
      closed = true
      for (const client of open) client.close()
    },
  }
  return context
}

/** Most commands work in a directory that was removed. */
function directoryOf(io: Io): string | undefined {
  try {
    return io.cwd
  } catch (error) {
    if (error instanceof PtrackError) return undefined
    throw error
  }
}
