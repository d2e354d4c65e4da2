/** Tokens in a live daemon: whose value it is, until when, and which connections end with it. */
import type { Peer } from '../core/rights.ts'
import { liveOf } from '../core/to-view.ts'
import type { Clock } from '../core/world.ts'
import { idInRunToken, type TokenRecord, type TokenStore } from '../core/world-tokens.ts'
import { PtrackError } from '../protocol/errors.ts'
import type { Params } from '../protocol/requests.ts'
import type { EventLog } from './event-log.ts'
import type { Managed, Registry } from './registry.ts'

/** Each value shown is compared with all of them. */
const MOST_TOKENS = 1000
/** How often expiry is checked, as the wall clock may be set and a machine may sleep. */
const LOOK_MS = 60_000

interface Watched {
  peer: Peer
  /** Of a child's token; null for others. */
  runId: string | null
  end(reason: string): void
}

export interface TokenKeeperOptions {
  store: TokenStore
  clock: Clock
  registry: Pick<Registry, 'get'>
  events: EventLog
}

export class TokenKeeper {
  private readonly store: TokenStore
  private readonly clock: Clock
  private readonly registry: Pick<Registry, 'get'>
  private readonly byName = new Map<string, TokenRecord>()
  /** Revoked, but still in the file because the write failed. */
  private readonly unsaved = new Set<string>()
  private readonly watched = new Set<Watched>()

  constructor(options: TokenKeeperOptions) {
    this.store = options.store
    this.clock = options.clock
    this.registry = options.registry
    options.events.onEvent(({ id }) => {
      if (id !== null && this.watched.size > 0) this.endRunsOf(id)
    })
  }

  /** Notes for a person about a file that could not be read. */
  async load(): Promise<string[]> {
    const { tokens, notes } = await this.store.load()
    for (const token of tokens) this.byName.set(token.name, token)
    return notes
  }

  list(): TokenRecord[] {
    return [...this.byName.values()]
  }

  isExpired({ expiresAtMs }: Pick<Peer, 'expiresAtMs'>): boolean {
    return expiresAtMs !== null && this.clock.wall() >= expiresAtMs
  }

  /** Throws DUPLICATE_NAME, or why it cannot be saved: then there is no such token. */
  async create(params: Params<'token.create'>, by: Peer): Promise<{ value: string; token: TokenRecord }> {
    const { name } = params
    const existing = this.byName.get(name)
    if (existing !== undefined)
      throw new PtrackError(
        'DUPLICATE_NAME',
        `cannot create the token '${name}': there is one of this name${this.isExpired(existing) ? ' (expired)' : ''}`,
        { hint: `\`ptrack token revoke ${name}\` ends it, or give another name` },
      )
    if (this.byName.size >= MOST_TOKENS)
      throw new PtrackError('FAILED', `cannot create the token '${name}': there are ${MOST_TOKENS}`, {
        hint: '`ptrack token revoke NAME` makes room',
      })
    const nowMs = this.clock.wall()
    const value = this.store.newValue()
    const token: TokenRecord = {
      name,
      role: params.role,
      owner: params.owner ?? by.user,
      hash: this.store.hashOf(value),
      createdAtMs: nowMs,
      createdBy: by.token === null ? by.user : `${by.user} (token ${by.token})`,
      expiresAtMs: params.expiresMs === undefined ? null : nowMs + params.expiresMs,
    }
    this.byName.set(name, token)
    try {
      await this.store.save(this.list())
    } catch (error) {
      if (this.byName.get(name) === token) this.byName.delete(name)
      throw error
    }
    return { value, token }
  }

  /** Expired ones with this prefix; saved with the next change. */
  forgetExpired(prefix: string): void {
    for (const token of this.list()) if (token.name.startsWith(prefix) && this.isExpired(token)) this.byName.delete(token.name)
  }

  /** Effective at once. Throws NOT_FOUND, or why it is not on disk: then it is revoked for this daemon only. */
  async revoke(name: string): Promise<void> {
    const known = this.byName.delete(name)
    if (!known && !this.unsaved.has(name))
      throw new PtrackError('NOT_FOUND', `cannot revoke the token '${name}': there is none of this name`, {
        hint: '`ptrack token ls` shows them',
      })
    for (const each of this.watched)
      if (each.runId === null && each.peer.token === name) this.end(each, `the token ${name} was revoked`)
    this.unsaved.add(name)
    try {
      await this.store.save(this.list())
      this.unsaved.delete(name)
    } catch (error) {
      if (!(error instanceof PtrackError)) throw error
      const why = `cannot revoke the token '${name}' for good: ${error.message}`
      throw new PtrackError(error.code, why, {
        hint: 'it is refused until the daemon ends; revoke it again when the disk can be written',
        cause: error,
      })
    }
  }

  /** null for a value that is unknown, expired, revoked, or of a run that is over. */
  peerOf(value: string): Peer | null {
    const id = idInRunToken(value)
    if (id !== null) return this.childOf(id, value)
    const hash = this.store.hashOf(value)
    let found: TokenRecord | null = null
    // All of them, in constant time.
    for (const token of this.byName.values()) if (this.store.same(hash, token.hash)) found = token
    if (found === null || this.isExpired(found)) return null
    return { user: found.owner, role: found.role, token: found.name, process: null, expiresAtMs: found.expiresAtMs }
  }

  /** Calls `ended` once, later, when the peer's rights end. Returns how to stop watching. */
  watch(peer: Peer, ended: (reason: string) => void): () => void {
    if (peer.token === null) return () => {}
    const managed = peer.process === null ? undefined : this.registry.get(peer.process)
    const entry: Watched = { peer, runId: peer.process === null ? null : (liveRunId(managed) ?? ''), end: ended }
    this.watched.add(entry)
    let cancel: () => void = () => {}
    const look = (): void => {
      if (this.isExpired(peer)) this.end(entry, `the token ${peer.token} has expired`)
      else if (peer.expiresAtMs !== null)
        cancel = this.clock.wakeAfter(Math.min(LOOK_MS, peer.expiresAtMs - this.clock.wall()), look)
    }
    if (peer.expiresAtMs !== null) cancel = this.clock.wakeAfter(Math.min(LOOK_MS, peer.expiresAtMs - this.clock.wall()), look)
    return () => {
      cancel()
      this.watched.delete(entry)
    }
  }

  private childOf(id: string, value: string): Peer | null {
    const managed = this.registry.get(id)
    const runId = liveRunId(managed)
    if (managed === undefined || runId === null) return null
    const { state } = managed.record.tracked
    if (!('run' in state) || !this.store.same(value, this.store.ofRun(id, state.run))) return null
    const token = `run ${state.run.number} of ${managed.record.definition.name}`
    return { user: managed.record.owner, role: 'viewer', token, process: id, expiresAtMs: null }
  }

  private endRunsOf(id: string): void {
    for (const each of this.watched)
      if (each.peer.process === id && liveRunId(this.registry.get(id)) !== each.runId) this.end(each, 'the run is over')
  }

  private end(entry: Watched, reason: string): void {
    if (this.watched.delete(entry)) entry.end(reason)
  }
}

function liveRunId(managed: Managed | undefined): string | null {
  if (managed === undefined) return null
  const { state } = managed.record.tracked
  return 'run' in state && liveOf(state) !== null ? state.run.id : null
}
