/** The view as a program: terminal, feed, log and requests around the pure model. */
import type { ReadStream, WriteStream } from 'node:tty'
import type { Client } from '../client/client.ts'
import { isAway } from '../client/log-stream.ts'
import { subscribeForever } from '../client/reconnecting.ts'
import { toErrorBody } from '../protocol/errors.ts'
import { monoMs } from '../protocol/mono.ts'
import type { Filter } from '../protocol/requests.ts'
import type { SortKey } from '../words/sort.ts'
import { depthOf } from './colors.ts'
import { draw } from './draw.ts'
import { LogFeed } from './log-feed.ts'
import { type Effect, type Input, initialModel, type Model, type Start } from './model.ts'
import { Poller } from './poller.ts'
import { type Asking, answer, errorWords } from './requests.ts'
import { logOf } from './rows.ts'
import { Screen } from './screen.ts'
import { type End, Terminal } from './terminal.ts'
import { createTheme, knowsUnicode } from './theme.ts'
import { update } from './update.ts'
import { wants } from './wants.ts'

/** Minimum time between two frames; none is drawn while nothing changed. */
const FRAME_MS = 100
/** Uptimes and countdowns move without events. */
const TICK_MS = 1000
/** `show` and `why` are expensive: not at each change of the selection. */
const DETAILS_MS = 500

export interface ViewOptions {
  /** Starts the daemon if none runs, once; then only connects. null: there is no home, and so nothing to show yet. */
  connect: () => Promise<Client | null>
  connectOnly: () => Promise<Client>
  /** To the daemon of another node of the fleet; null where there is no way from here. */
  connectTo: ((node: string) => Promise<Client>) | null
  filter: Filter
  sort: SortKey
  place: Start['place']
  color: boolean
  remote: string | null
  env: Record<string, string | undefined>
  stdin: ReadStream
  stdout: WriteStream & { fd: number }
}

/** 128 and the signal's number, as in shells; leaving by SIGINT or by key is no failure. */
const CODES: Readonly<Record<string, number>> = { SIGINT: 0, SIGTERM: 0, SIGHUP: 129 }

export class View {
  private readonly options: ViewOptions
  private readonly terminal: Terminal
  private readonly screen: Screen
  private readonly logs: LogFeed
  private readonly poller: Poller
  private readonly abort = new AbortController()
  private model: Model
  private client: Client | null = null
  /** Over when another daemon is to be shown. */
  private visit = new AbortController()
  private frame: NodeJS.Timeout | null = null
  private drawnMs = 0
  private details: NodeJS.Timeout | null = null
  private blocked = false
  private code = 0

  constructor(options: ViewOptions) {
    this.options = options
    const { stdin, stdout } = options
    this.terminal = new Terminal(stdin, stdout, {
      input: (input) => {
        this.take({ kind: 'tick', nowMs: Date.now() })
        this.take(input)
      },
      resized: () => {
        this.screen.forget()
        this.take({ kind: 'resize', ...this.terminal.size })
      },
      dirty: () => {
        this.screen.forget()
        this.take({ kind: 'resize', ...this.terminal.size })
      },
      ended: (end) => this.leave(end),
    })
    this.screen = new Screen((text) => stdout.write(text))
    this.logs = new LogFeed(
      () => this.connect(),
      (input) => this.take(input),
    )
    this.poller = new Poller(
      () => wants(this.model),
      (effect) => this.ask(effect as Asking),
    )
    this.model = initialModel({
      theme: createTheme(options.color ? depthOf(options.env) : 0, knowsUnicode(options.env)),
      ...this.terminal.size,
      nowMs: Date.now(),
      remote: options.remote,
      filter: options.filter,
      sort: options.sort,
      place: options.place,
    })
  }

  async run(): Promise<number> {
    const { stdout } = this.options
    // Before the screen is taken: without a daemon it fails like other commands.
    this.client = await this.options.connect()
    const drained = (): void => {
      this.blocked = false
      this.changed()
    }
    stdout.on('drain', drained)
    const tick = setInterval(() => this.take({ kind: 'tick', nowMs: Date.now() }), TICK_MS)
    this.terminal.open()
    try {
      this.changed()
      while (!this.abort.signal.aborted) await this.listen()
    } finally {
      clearInterval(tick)
      if (this.frame) clearTimeout(this.frame)
      if (this.details) clearTimeout(this.details)
      stdout.off('drain', drained)
      this.logs.end()
      this.poller.end()
      this.terminal.close()
    }
    return this.code
  }

  private connect(): Promise<Client> {
    const { node } = this.model
    return node === null ? this.options.connectOnly() : this.options.connectTo!(node)
  }

  /** Until the view is left, or another daemon is to be shown. */
  private async listen(): Promise<void> {
    const { node } = this.model
    try {
      await this.listenHere()
    } catch (error) {
      // Of the daemon that the view was opened at it is the end.
      if (node === null || this.model.node !== node) throw error
      this.take({ kind: 'not-visited', node, why: errorWords(toErrorBody(error)) })
    }
  }

  private async listenHere(): Promise<void> {
    const { targets } = this.options.filter
    const visit = new AbortController()
    this.visit = visit
    let first = this.client
    const feed = subscribeForever({
      connect: async () => {
        const client = first ?? (await this.connect())
        first = null
        if (!visit.signal.aborted) this.client = client
        return client
      },
      // Only views are drawn; events would be wasted traffic.
      filter: { types: [], ...(targets?.length ? { targets } : {}) },
      views: true,
      signal: AbortSignal.any([this.abort.signal, visit.signal]),
    })
    for await (const item of feed) {
      if (item.kind === 'event' || visit.signal.aborted) continue
      if (item.kind === 'disconnected') this.client = null
      if (item.kind === 'connected') this.poller.forget()
      // Time stands still in the model between two ticks.
      if (item.kind !== 'views') this.take({ kind: 'tick', nowMs: Date.now() })
      this.take({ kind: 'feed', item })
      if (item.kind === 'connected') await this.refresh()
    }
  }

  /** A resumed subscription replays events, not views: these are requested. */
  private async refresh(): Promise<void> {
    // Something else may have written to the terminal while the daemon was away.
    this.screen.forget()
    const { targets } = this.options.filter
    if (!this.model.loaded) return
    try {
      const views = await this.client!.request('list', { all: true, ...(targets?.length ? { targets } : {}) })
      this.take({ kind: 'feed', item: { kind: 'snapshot', views, seq: 0, gap: false } })
    } catch (error) {
      // The connection was lost again: the next one asks again.
      if (!isAway(error)) this.take({ kind: 'said', text: (error as Error).message, bad: true })
    }
  }

  private take(input: Input): void {
    const before = this.model
    const [model, effects] = update(before, input)
    this.model = model
    for (const effect of effects) this.perform(effect)
    this.logs.show(logOf(model))
    this.poller.check()
    if (this.model !== before) this.changed()
  }

  private perform(effect: Effect): void {
    switch (effect.do) {
      case 'quit':
        this.abort.abort()
        return
      case 'visit':
        return this.go(effect.node)
      case 'redraw':
        this.screen.forget()
        this.changed()
        return
      case 'suspend':
        this.terminal.suspend()
        return
      case 'load-details':
        // The first time at once; then changes close together share a request.
        if (this.model.details?.detail == null || this.model.details.id !== effect.id) return void this.ask(effect)
        this.details ??= setTimeout(() => {
          this.details = null
          const id = this.model.details?.id
          if (id !== undefined) void this.ask({ do: 'load-details', id })
        }, DETAILS_MS)
        return
      default:
        void this.ask(effect)
    }
  }

  /** The daemon of this node from now on; the model is one of it already. */
  private go(node: string | null): void {
    if (node !== null && this.options.connectTo === null)
      return this.take({
        kind: 'not-visited',
        node,
        why: `cannot show ${node} from here: a context reaches one daemon; open the view on that machine`,
      })
    this.logs.end()
    this.poller.forget()
    this.client = null
    this.visit.abort()
  }

  private async ask(effect: Asking): Promise<void> {
    const { visit } = this
    const inputs = await answer(this.client, effect, process.pid)
    // What another daemon has answered is about other processes.
    if (this.abort.signal.aborted || this.visit !== visit) return
    for (const input of inputs) this.take(input)
  }

  private leave(end: End): void {
    this.code = 'signal' in end ? CODES[end.signal]! : 129
    this.abort.abort()
  }

  private changed(): void {
    if (this.frame !== null || this.blocked || this.abort.signal.aborted) return
    const waitMs = Math.max(0, this.drawnMs + FRAME_MS - monoMs())
    this.frame = setTimeout(() => {
      this.frame = null
      this.drawnMs = monoMs()
      // A slow line (ssh) gets the newest picture when it is free again, not all in between.
      this.blocked = !this.screen.put(draw(this.model))
    }, waitMs)
  }
}
