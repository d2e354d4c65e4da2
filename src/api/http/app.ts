/** The REST interface: fastify reads requests, the table of routes maps them, the guarded handlers perform them. */
import { createHash, randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { DaemonLog } from '../../core/world.ts'
import { PtrackError } from '../../protocol/errors.ts'
import { monoMs } from '../../protocol/mono.ts'
import type { EventLog } from '../../supervisor/event-log.ts'
import type { Access, Peer } from '../access.ts'
import type { WireBounds } from '../bounds.ts'
import { checkFields, checkParams } from '../check-params.ts'
import type { Handlers, RequestContext } from '../contract.ts'
import type { Feed } from '../feed.ts'
import type { Guard } from '../guard.ts'
import { Idempotency } from './idempotency.ts'
import { readJson } from './json-body.ts'
import { openApi } from './openapi.ts'
import { HEADERS, PROBLEM_TYPE, problemOf, problemWith } from './problem.ts'
import { ProcessPath } from './query.ts'
import type { Problem } from './replies.ts'
import type { Answered, Asked, Route } from './route.ts'
import { routes } from './routes.ts'
import { EventsQuery, serveEvents, serveProcess } from './streams.ts'

/** Decided before a request gets here. */
export interface Caller {
  peer: Peer
  access: Access
  connection: number
}

export interface AppOptions {
  guard: Guard
  feed: Feed
  events: EventLog
  /** Changes when any view does. */
  revision: () => number
  renderMetrics: (() => Promise<string>) | null
  log: DaemonLog
  bounds: WireBounds
  callerOf: (request: IncomingMessage) => Caller
  /** A stream of events begins; it ends with its response. */
  onStream: (response: ServerResponse) => void
}

export type App = (request: IncomingMessage, response: ServerResponse) => void

export async function createApp(options: AppOptions): Promise<App> {
  const { bounds, log, callerOf } = options
  const app = fastify({
    logger: false,
    bodyLimit: bounds.bodyBytes,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 400 },
    frameworkErrors: (_error, _request, reply) => sendProblem(reply, problemWith(400, 'cannot read the address of the request')),
  })
  // Bodies are checked by the schemas of the protocol; other kinds of body are not read.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    try {
      done(null, body.length === 0 ? undefined : readJson(body as Buffer, bounds.depth))
    } catch (error) {
      done(error as Error)
    }
  })
  app.setErrorHandler((error, _request, reply) => sendProblem(reply, explain(error, log, bounds)))
  app.setNotFoundHandler((request, reply) => {
    const allowed = methodsAt(request.url)
    if (allowed.length === 0) return sendProblem(reply, problemWith(404, 'there is nothing at this address', '/api/openapi.json'))
    reply.header('allow', allowed.join(', '))
    return sendProblem(reply, problemWith(405, `this address answers ${allowed.join(', ')} only`))
  })
  const idempotency = new Idempotency({
    keys: bounds.idempotencyKeys,
    keepMs: bounds.idempotencyMs,
    now: monoMs,
  })
  // Salted, so that a tag proves that its bearer was shown the content.
  const salt = randomBytes(16)

  for (const route of routes) {
    app.route({
      method: route.method,
      url: route.path.replace('{id}', ':id'),
      handler: async (request, reply) => {
        const caller = callerOf(request.raw)
        const asked = ask(route, request, reply, caller, options)
        const tag = route.etag === 'revision' ? tagOf(salt, route, request, caller.peer, String(options.revision())) : null
        if (tag !== null && matches(request, tag)) return unchanged(reply, tag)
        const answer = await answerOnce(route, request, asked, caller.peer, idempotency)
        reply.headers(answer.headers)
        const etag = route.etag === 'body' ? tagOf(salt, route, request, caller.peer, answer.body) : tag
        if (etag !== null) {
          if (matches(request, etag)) return unchanged(reply, etag)
          reply.header('etag', etag).header('cache-control', 'no-cache')
        }
        return reply.code(answer.status).type('application/json; charset=utf-8').send(answer.body)
      },
    })
  }
  addOthers(app, options)
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers(HEADERS)
  })
  await app.ready()
  return (request, response) => app.routing(request, response)
}

function addOthers(app: FastifyInstance, options: AppOptions): void {
  const { callerOf, renderMetrics } = options
  let document: string | null = null
  app.get('/api/openapi.json', (_request, reply) => {
    document ??= JSON.stringify(openApi())
    return reply.type('application/json; charset=utf-8').send(document)
  })
  app.get('/metrics', async (request, reply) => {
    const { peer } = callerOf(request.raw)
    if (peer.role !== 'admin' || peer.process !== null)
      throw new PtrackError('DENIED', 'cannot read metrics: they tell of everybody', { hint: 'it takes an admin' })
    if (renderMetrics === null) return sendProblem(reply, problemWith(503, 'this daemon has no metrics'))
    return reply.type('text/plain; version=0.0.4; charset=utf-8').send(await renderMetrics())
  })
  app.get('/api/events', (request, reply) => {
    const query = checkFields(EventsQuery, { ...(request.query as object) }, 'read events')
    const caller = callerOf(request.raw)
    serveEvents(options, { ...listening(request, reply, caller, options), peer: caller.peer }, query)
    reply.hijack()
  })
  app.get('/api/processes/:id/stream', async (request, reply) => {
    const caller = callerOf(request.raw)
    const asked = contextOf(idOf(request), reply, caller, options)
    await serveProcess(options, { ...listening(request, reply, caller, options), peer: caller.peer }, asked)
    reply.hijack()
  })
  for (const path of ['/ws', '/ws/processes'])
    app.get(path, (_request, reply) => {
      reply.header('upgrade', 'websocket')
      return sendProblem(reply, problemWith(426, 'this is a WebSocket address'))
    })
}

function listening(request: FastifyRequest, reply: FastifyReply, { peer, access }: Caller, { onStream }: AppOptions) {
  onStream(reply.raw)
  const gone = new AbortController()
  const unwatch = access.watch(peer, () => gone.abort())
  reply.raw.on('close', () => {
    unwatch()
    gone.abort()
  })
  const id = request.headers['last-event-id']
  return { response: reply.raw, lastId: typeof id === 'string' && id !== '' ? id : undefined, gone: gone.signal }
}

const idOf = (request: FastifyRequest): string => {
  const { id } = request.params as { id?: string }
  return id === undefined ? '' : checkFields(ProcessPath, id, 'find the process')
}

function ask(
  route: Route,
  request: FastifyRequest,
  reply: FastifyReply,
  caller: Caller,
  options: AppOptions,
): Asked<never, never> {
  const doing = `use ${route.operationId}`
  const id = idOf(request)
  const given = { ...(request.query as Record<string, unknown>) }
  if (route.query === null && Object.keys(given).length > 0)
    throw new PtrackError('BAD_REQUEST', `cannot ${doing}: it takes nothing behind a \`?\``)
  const query = route.query === null ? {} : checkFields(route.query, given, doing)
  if (route.body === null && request.body !== undefined) throw new PtrackError('BAD_REQUEST', `cannot ${doing}: it takes no body`)
  const body = request.body === undefined && route.bodyOptional ? {} : request.body
  const schema = route.choose?.(body) ?? route.body
  return {
    ...contextOf(id, reply, caller, options),
    query: query as never,
    body: (schema === null ? undefined : checkFields(schema, body, doing)) as never,
  }
}

function contextOf(id: string, reply: FastifyReply, { peer, connection }: Caller, { guard }: AppOptions) {
  const gone = new AbortController()
  reply.raw.once('close', () => gone.abort())
  const context: RequestContext = {
    client: 'http',
    user: peer.user,
    peer,
    connection,
    cwd: null,
    command: null,
    signal: gone.signal,
  }
  const call: Asked<never, never>['call'] = (method, params) => {
    const handler = guard.handlers[method] as unknown as (params: unknown, context: RequestContext) => Promise<never>
    return handler(checkParams(method as keyof Handlers, params), context)
  }
  return { id, peer, call }
}

async function answerOnce(
  route: Route,
  request: FastifyRequest,
  asked: Asked<never, never>,
  peer: Peer,
  idempotency: Idempotency,
): Promise<Omit<Answered, 'body'> & { body: string }> {
  const act = async () => {
    const { status, headers, body } = await route.run(asked)
    return { status, headers, body: JSON.stringify(body) }
  }
  const key = request.headers['idempotency-key']
  if (!route.idempotent || key === undefined) return act()
  const { replayed, ...answer } = await idempotency.once(identityOf(peer), String(key), request.body, act)
  return replayed ? { ...answer, headers: { ...answer.headers, 'idempotency-replayed': 'true' } } : answer
}

const identityOf = ({ user, role, token, process }: Peer): string => JSON.stringify([user, role, token, process])

function tagOf(salt: Buffer, route: Route, request: FastifyRequest, peer: Peer, content: string): string {
  const hash = createHash('sha256')
    .update(salt)
    .update(JSON.stringify([identityOf(peer), route.operationId, request.url]))
  // Changes by time alone (an ended job leaves the list after an hour) show within a minute.
  if (route.etag === 'revision') hash.update(String(Math.floor(Date.now() / 60_000)))
  return `W/"${hash.update(content).digest('base64url').slice(0, 22)}"`
}

function matches(request: FastifyRequest, tag: string): boolean {
  const asked = request.headers['if-none-match']
  return asked?.split(',').some((each) => each.trim() === tag) ?? false
}

const unchanged = (reply: FastifyReply, tag: string): FastifyReply =>
  reply.code(304).header('etag', tag).header('cache-control', 'no-cache').send()

const sendProblem = (reply: FastifyReply, problem: Problem): FastifyReply =>
  reply
    .code(problem.status)
    .headers({ ...HEADERS, 'content-type': PROBLEM_TYPE })
    .send(Buffer.from(`${JSON.stringify(problem)}\n`))

function explain(error: unknown, log: DaemonLog, bounds: WireBounds): Problem {
  if (error instanceof PtrackError) return problemOf(error)
  const status = (error as { statusCode?: unknown }).statusCode
  if (status === 413) return problemWith(413, `cannot read the body: it is larger than ${bounds.bodyBytes} bytes`)
  if (status === 415)
    return problemWith(415, 'cannot read the body: it must be application/json', 'send content-type: application/json')
  if (typeof status === 'number' && status >= 400 && status < 500) return problemWith(status, 'cannot read the request')
  log.error('api', 'a request failed unexpectedly', error)
  return problemOf(error)
}

const PATTERNS = routes.map(({ method, path }) => ({ method, pattern: new RegExp(`^${path.replace('{id}', '[^/]+')}$`) }))

function methodsAt(url: string): string[] {
  const path = url.split('?', 1)[0]!
  return [...new Set(PATTERNS.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method))]
}
