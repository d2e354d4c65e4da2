/** A real socket server in a temporary home, with handlers that answer at once; and a raw client that says anything. */
import { mkdtempSync, rmSync } from 'node:fs'
import { createConnection, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Access, ownerAccess } from '../../../src/api/access.ts'
import type { WireBounds } from '../../../src/api/bounds.ts'
import type { FollowLogs, Handlers, RequestContext } from '../../../src/api/contract.ts'
import type { FeedDemand } from '../../../src/api/feed.ts'
import type { Guard } from '../../../src/api/guard.ts'
import { createSocketServer, type SocketServer } from '../../../src/api/socket-server.ts'
import type { ErrorBody } from '../../../src/protocol/errors.ts'
import type { ViewsPush } from '../../../src/protocol/events.ts'
import { LineReader } from '../../../src/protocol/lines.ts'
import type { Hello, Method } from '../../../src/protocol/requests.ts'
import { PROTOCOL_VERSION } from '../../../src/protocol/version.ts'
import type { ProcessView } from '../../../src/protocol/view.ts'
import { EventLog } from '../../../src/supervisor/event-log.ts'
import { view } from '../../support/views.ts'

export interface Wire {
  home: string
  path: string
  server: SocketServer
  events: EventLog
  views: Map<string, ProcessView>
  push(push: ViewsPush): void
  calls: { method: string; params: unknown; context: RequestContext }[]
  errors: string[]
  close(): Promise<void>
}

export interface WireOptions {
  demand?: FeedDemand
  bounds?: Partial<WireBounds>
  capacity?: number
  epoch?: string
  home?: string
  events?: EventLog
  handlers?: Partial<Handlers>
  followLogs?: FollowLogs
  revision?: () => number
  /** Without it everybody is the owner. */
  access?: Access
  sight?: Guard['sight']
}

export function makeView(id: string, name: string, extra: Partial<ProcessView> = {}): ProcessView {
  const at = '2030-01-01T00:00:00.000Z'
  const times = { since: at, createdAt: at, startedAt: at, startTime: null, elapsedMs: 1 }
  return view({ ...times, id, name, owner: 'me', pid: null, command: ['x'], cwd: '/', ...extra })
}

export async function openWire(options: WireOptions = {}): Promise<Wire> {
  const home = options.home ?? mkdtempSync(join(tmpdir(), 'ptrack-wire-'))
  const path = join(home, 'daemon.sock')
  const events =
    options.events ??
    new EventLog({ epoch: options.epoch ?? 'epoch-1', clock: { wall: () => Date.now() }, capacity: options.capacity ?? 10_000 })
  const views = new Map<string, ProcessView>()
  const listeners = new Set<(push: ViewsPush) => void>()
  const calls: Wire['calls'] = []
  const errors: string[] = []
  const answer = (method: Method) => async (params: unknown, context: RequestContext) => {
    calls.push({ method, params, context })
    return method === 'list' ? [...views.values()] : []
  }
  // Every verb of the protocol that a test does not define itself records its call.
  const handlers = new Proxy((options.handlers ?? {}) as Handlers, {
    get: (own, method) => Reflect.get(own, method) ?? answer(method as Method),
  })
  const hello = (): Hello => ({
    version: '9.9.9',
    protocol: PROTOCOL_VERSION,
    capabilities: [],
    pid: process.pid,
    home,
    startedAt: '2030-01-01T00:00:00.000Z',
    user: 'me',
  })
  const server = createSocketServer({
    guard: {
      handlers,
      meant: (_, params) => params,
      sight: options.sight ?? (() => null),
      followLogs: options.followLogs ?? (() => ({ close: () => {} })),
    },
    events,
    views: {
      all: () => [...views.values()],
      onViews: (listener) => {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
      match: (targets) => (name, id) => targets.includes(name) || targets.includes(id),
    },
    hello,
    demand: options.demand,
    log: {
      debug: () => {},
      info: () => {},
      warn: (_c, m) => errors.push(m),
      error: (_c, m, e) => errors.push(`${m}: ${String(e)}`),
    },
    access: options.access ?? ownerAccess('me'),
    revision: options.revision,
    bounds: options.bounds,
  })
  await server.listen(path)
  return {
    home,
    path,
    server,
    events,
    views,
    calls,
    errors,
    push(push) {
      for (const view of push.changed) views.set(view.id, view)
      for (const id of push.removed) views.delete(id)
      for (const listener of listeners) listener(push)
    },
    async close() {
      await server.close('test over')
      if (!options.home) rmSync(home, { recursive: true, force: true })
    },
  }
}

type Frame = {
  id?: number | string | null
  result?: unknown
  error?: { code: number; message: string; data: ErrorBody }
  method?: string
  params?: Record<string, unknown>
}

/** Says whatever it is told, hears whole lines. */
export class RawClient {
  readonly frames: Frame[] = []
  readonly socket: Socket
  closed = false
  private readonly reader = new LineReader()
  private readonly wakes = new Set<() => void>()

  constructor(path: string) {
    this.socket = createConnection({ path, allowHalfOpen: true })
    this.socket.on('data', (chunk) => {
      this.reader.push(chunk)
      for (let line = this.reader.next(); line !== null; line = this.reader.next()) this.frames.push(JSON.parse(line))
      this.wake()
    })
    this.socket.on('error', () => {})
    this.socket.on('end', () => this.socket.end())
    this.socket.on('close', () => {
      this.closed = true
      this.wake()
    })
  }

  say(text: string | Buffer): void {
    this.socket.write(text)
  }

  ask(id: number, method: string, params: unknown = {}): void {
    this.say(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`)
  }

  async hello(): Promise<this> {
    this.ask(0, 'hello', { version: '1', protocol: PROTOCOL_VERSION, client: 'raw' })
    await this.reply(0)
    return this
  }

  reply(id: number | null): Promise<Frame> {
    return this.until(() => this.frames.find((frame) => frame.id === id && frame.method === undefined), `a reply to ${id}`)
  }

  notes(method: string): Record<string, unknown>[] {
    return this.frames.filter((frame) => frame.method === method).map((frame) => frame.params!)
  }

  until<T>(fact: () => T | undefined | false | null, what: string): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.wakes.delete(check)
        reject(
          new Error(
            `waited in vain for ${what}; closed: ${this.closed}; last: ${JSON.stringify(this.frames.at(-1))?.slice(0, 400)}`,
          ),
        )
      }, 60_000)
      const check = (): void => {
        const found = fact()
        if (!found) return
        clearTimeout(timer)
        this.wakes.delete(check)
        resolve(found)
      }
      this.wakes.add(check)
      check()
    })
  }

  untilClosed(): Promise<true> {
    return this.until(() => this.closed, 'the end of the connection')
  }

  end(): void {
    this.socket.destroy()
  }

  private wake(): void {
    for (const wake of [...this.wakes]) wake()
  }
}

/** Polls a fact of this process. */
export async function eventually<T>(fact: () => T | undefined | false | null, what: string, withinMs = 20_000): Promise<T> {
  const deadline = performance.now() + withinMs
  for (;;) {
    const found = fact()
    if (found) return found
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
