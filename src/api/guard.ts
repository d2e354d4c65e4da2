/** The only way to the handlers: a request is looked up in the table of rights, narrowed to permitted processes, and audited. */
import { type Peer, reachOf, roleFor } from '../core/rights.ts'
import type { Names } from '../core/selectors.ts'
import type { Clock } from '../core/world.ts'
import type { LogFollower } from '../core/world-logs.ts'
import { PtrackError } from '../protocol/errors.ts'
import { parseAction } from '../protocol/hooks.ts'
import type { LogPage, Method, Params, Reply } from '../protocol/requests.ts'
import type { HookSpec } from '../protocol/settings.ts'
import type { Speaker } from '../protocol/tracking.ts'
import { type Named, VERBS } from '../protocol/verbs.ts'
import type { About, Audit } from './audit.ts'
import { auditDetail } from './audit-detail.ts'
import type { FollowLogs, Handlers, RequestContext, WireMethod } from './contract.ts'
import { OwnProcesses, type Processes } from './own-processes.ts'
import { withTargets } from './selectors.ts'

/** The processes (ids) a peer may see; null = everything, the daemon's own events included. */
export type Sight = ((id: string) => boolean) | null

export interface Guard {
  /** Every request of every connection and route goes through these. */
  readonly handlers: Handlers
  /** The request with its selectors as they are meant there. Throws AMBIGUOUS and NOT_FOUND. */
  meant<M extends Method>(method: M, params: Params<M>, caller: Pick<RequestContext, 'peer' | 'cwd'>): Params<M>
  /** What a subscription (or stream of events) of this peer may contain. Throws DENIED. */
  sight(params: Params<'subscribe'>, peer: Peer): Sight
  /** Throws DENIED for the logs of others. */
  followLogs(cursor: string, onPage: (page: LogPage) => void, peer: Peer): LogFollower
}

export interface ScopedNames extends Omit<Names, 'matches'> {
  /** The project of a directory, or of the nearest one above it; null = none. */
  projectAt(directory: string): string | null
}

export interface GuardOptions {
  handlers: Handlers
  followLogs: FollowLogs
  /** The processes whose logs a cursor continues. Throws BAD_REQUEST for an invalid one. */
  namesIn(cursor: string): string[]
  processes: Processes
  names: ScopedNames
  audit: Audit
  clock: Pick<Clock, 'wall'>
}

/** A request of any method, as far as this file reads it. */
type Fields = Record<string, unknown>
type AnyHandler = (params: unknown, context: RequestContext) => Promise<unknown>

export function createGuard(options: GuardOptions): Guard {
  const { processes, names, audit } = options

  /** Names that the peer may not know are not among those that a word can mean. */
  function meant(method: Method, params: Fields, { peer, cwd }: Pick<RequestContext, 'peer' | 'cwd'>): Fields {
    const seen: Names = {
      has: names.has,
      matches: (glob) => processes.matching(glob).length > 0,
      inProjects: (word) =>
        names
          .inProjects(word)
          .filter((name) => everything(peer) || processes.matching(name).some(({ owner }) => owner === peer.user)),
    }
    return withTargets(method, params, cwd === null ? null : names.projectAt(cwd), seen)
  }

  /** The parameters for the handler. Throws DENIED, and NOT_FOUND for what the peer may not know. */
  function allow(method: Method, params: Fields, peer: Peer): Fields {
    if (peer.expiresAtMs !== null && options.clock.wall() >= peer.expiresAtMs)
      throw denied(method, `the token ${peer.token} has expired`)
    const reach = reachOf(peer, method)
    if (reach === 'none') throw forbidden(method, peer)
    if (reach === 'any') return VERBS[method].named === 'start' || method === 'track.start' ? ownedBy(peer, params) : params
    if (reach === 'self') return itself(method, params, peer)
    return heldToOwn(method, params, peer)
  }

  function itself(method: Method, params: Fields, peer: Peer): Fields {
    const who = (method === 'notify' ? { id: params.id } : params.who) as Speaker
    const meant = 'id' in who ? [who.id] : processes.matching(who.target).map(({ id }) => id)
    if (meant.length === 1 && meant[0] === peer.process)
      return 'target' in who ? { ...params, who: { target: peer.process } } : params
    throw denied(method, `the token of a run lets it report on itself only`)
  }

  function heldToOwn(method: Method, params: Fields, peer: Peer): Fields {
    const own = new OwnProcesses(processes, method, peer)
    const isLogs = method.startsWith('logs.')
    switch (VERBS[method].named) {
      case 'targets': {
        if (typeof params.cursor === 'string') own.logs(options.namesIn(params.cursor))
        if (method === 'env' && params.reveal === true && peer.role === 'viewer')
          throw forbidden('start', peer, 'show the values of env')
        if (method === 'set') withoutExec(method, (params.changes as Fields).hooks, peer)
        return { ...params, targets: own.narrow(params.targets as string[], isLogs) }
      }
      case 'target':
        return { ...params, target: own.one(params.target as string, isLogs) }
      case 'past':
        return { ...onlyOf(method, params, peer), target: own.one(params.target as string, false) }
      case 'who':
        return { ...params, who: own.speaker(params.who as Speaker) }
      case 'id':
        own.known(processes.get(params.id as string))
        return params
      case 'filter':
        own.words((params.targets as string[] | undefined) ?? [])
        return onlyOf(method, params, peer)
      case 'owner':
        return onlyOf(method, params, peer)
      case 'start': {
        const { targets, definition } = params as Partial<Params<'start'>>
        if (definition === undefined) return targets === undefined ? params : { ...params, targets: own.narrow(targets, false) }
        // What shares a name shares an environment.
        own.words([definition.name, ...(definition.instance === null ? [] : [definition.instance.of])])
        withoutExec(method, definition.hooks, peer)
        return ownedBy(peer, params)
      }
      case 'track': {
        const { definition, resume } = params as Params<'track.start'>
        own.words([definition.name, ...(definition.instance ? [definition.instance.of] : [])])
        if (resume !== undefined) own.known(processes.get(resume.id))
        withoutExec(method, definition.hooks, peer)
        return ownedBy(peer, params)
      }
      case 'cursor':
        own.logs(options.namesIn(params.cursor as string))
        return params
      case 'reply':
      case 'nothing':
        return params
    }
  }

  function narrowed<M extends Method>(method: M, reply: Reply<M>, peer: Peer): Reply<M> {
    const isOwn = (name: string | null): boolean => name !== null && processes.named(name)?.owner === peer.user
    const narrow = NARROWED[method] as
      | ((reply: Reply<M>, isOwn: (name: string | null) => boolean, peer: Peer) => Reply<M>)
      | undefined
    return narrow === undefined || everything(peer) ? reply : narrow(reply, isOwn, peer)
  }

  /** Which processes it means is known now, and not when somebody asks who did it. */
  function aboutOf(method: Method, params: Fields, { client, command }: Asker): About {
    const names = targetsOf(params).flatMap((target) => {
      const found = PROCESSES.has(VERBS[method].named) ? processes.matching(target).map(({ name }) => name) : []
      return found.length === 0 && params.definition !== undefined ? [target] : found
    })
    return { processes: [...new Set(names)], client, command, detail: auditDetail(method, params) }
  }

  /** `allow`, with an audit event if it refuses. */
  function decide(method: Method, params: Fields, peer: Peer, asker?: Asker): Fields {
    try {
      return allow(method, params, peer)
    } catch (error) {
      if (error instanceof PtrackError && error.code === 'DENIED')
        audit.denied(method, targetsOf(params), peer, asker && aboutOf(method, params, asker))
      throw error
    }
  }

  const guarded = (method: Method, handler: AnyHandler): AnyHandler => {
    return async (params, context) => {
      const { peer } = context
      const asked = meant(method, params as Fields, context)
      const allowed = decide(method, asked, peer, context)
      if (VERBS[method].audited) audit.acted(method, targetsOf(asked), peer, aboutOf(method, asked, context))
      return narrowed(method, (await handler(allowed, context)) as never, peer)
    }
  }

  const handlers = Object.fromEntries(
    (Object.keys(VERBS) as Method[])
      .filter((method): method is keyof Handlers => !WIRE.has(method))
      .map((method) => [method, guarded(method, options.handlers[method] as AnyHandler)]),
  ) as unknown as Handlers

  return {
    handlers,
    meant: (method, params, caller) => meant(method, params as Fields, caller) as typeof params,
    sight: (params, peer) => {
      decide('subscribe', { targets: params.filter?.targets }, peer)
      if (everything(peer)) return null
      return (id) => (processes.get(id)?.owner ?? processes.formerOwner(id)) === peer.user
    },
    followLogs: (cursor, onPage, peer) => {
      decide('logs.follow', { cursor }, peer)
      return options.followLogs(cursor, onPage)
    },
  }
}

/** Requests whose targets are processes. */
const PROCESSES: ReadonlySet<Named> = new Set<Named>(['targets', 'target', 'past', 'who', 'id', 'start', 'track'])

type Asker = Pick<RequestContext, 'client' | 'command'>

const WIRE: ReadonlySet<Method> = new Set<WireMethod>([
  'hello',
  'subscribe',
  'unsubscribe',
  'logs.follow',
  'logs.unfollow',
  'admit',
  'fleet.open',
  'fleet.carry',
])

const everything = (peer: Peer): boolean => peer.role === 'admin' && peer.process === null

const NARROWED: {
  [M in Method]?: (reply: Reply<M>, isOwn: (name: string | null) => boolean, peer: Peer) => Reply<M>
} = {
  // That a port is held may be known; by what, only of one's own.
  port: (holders, isOwn) =>
    holders.map((holder) =>
      isOwn(holder.process) ? holder : { ...holder, pid: null, command: null, startTime: null, process: null },
    ),
  show: (details, isOwn) => details.map((one) => ({ ...one, neededBy: one.neededBy.filter(({ name }) => isOwn(name)) })),
  orphans: (orphans, isOwn) => orphans.filter(({ process }) => isOwn(process)),
  'limits.get': (limits, _, { user }) => ({
    ...limits,
    owners: Object.fromEntries(Object.entries(limits.owners).filter(([owner]) => owner === user)),
  }),
}

/** A new process belongs to the peer that starts it; an admin may choose another owner. */
function ownedBy(peer: Peer, params: Fields): Fields {
  const { owner } = params
  if (owner !== undefined && owner !== peer.user && !everything(peer))
    throw denied('start', `the token ${peer.token} belongs to ${peer.user}, so it cannot start processes of ${owner}`)
  return params.definition === undefined ? params : { ...params, owner: owner ?? peer.user }
}

function onlyOf(method: Method, params: Fields, peer: Peer): Fields {
  if (params.owner !== undefined && params.owner !== peer.user)
    throw denied(method, `the token ${peer.token} belongs to ${peer.user}, and not to ${params.owner}`)
  return { ...params, owner: peer.user }
}

/** A hook's command outlives the process and its owner's rights, so only an admin may set one. */
function withoutExec(method: Method, hooks: unknown, peer: Peer): void {
  for (const { run } of (hooks ?? []) as HookSpec[])
    if (parseAction(run).kind === 'exec') throw forbidden('hooks.add', peer, `${method} with a hook that runs a command`)
}

function targetsOf(params: Fields): string[] {
  const { targets, who, definition } = params
  if (Array.isArray(targets)) return targets
  if (typeof who === 'object' && who !== null) return [String('id' in who ? who.id : (who as { target: string }).target)]
  if (typeof definition === 'object' && definition !== null) return [String((definition as { name: string }).name)]
  const one = params.target ?? params.type ?? params.id ?? params.name
  return typeof one === 'string' ? [one] : []
}

const denied = (method: Method, why: string): PtrackError => new PtrackError('DENIED', `cannot ${method}: ${why}`)

function forbidden(method: Method, peer: Peer, what: string = method): PtrackError {
  if (peer.process !== null)
    return new PtrackError('DENIED', `cannot ${what}: the token of a run lets it report on itself only`, {
      hint: 'use another token (`ptrack token create`), or the socket of its owner',
    })
  const role = withArticle(peer.role)
  if (peer.node !== undefined)
    return new PtrackError('DENIED', `cannot ${what}: ${peer.token} is ${role} here`, {
      hint: `${peer.node} has its role from \`ptrack fleet invite --role\`; on a bus of others one may only look, except at a node with --trust-bus`,
    })
  return new PtrackError('DENIED', `cannot ${what}: the token ${peer.token} is that of ${role}`, {
    hint: `it takes ${withArticle(roleFor(method))}`,
  })
}

const withArticle = (role: string): string => `${role === 'viewer' ? 'a' : 'an'} ${role}`
