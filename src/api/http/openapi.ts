/** /api/openapi.json, from the table of routes, the schemas of requests, and those of the reply types. */
import { z } from 'zod'
import { EVENT_TYPES } from '../../protocol/names.ts'
import { VERSION } from '../../protocol/version.ts'
import schemas from './reply-schemas.json' with { type: 'json' }
import type { Route } from './route.ts'
import { routes } from './routes.ts'

type Json = Record<string, unknown>

const reference = (name: string): Json => ({ $ref: `#/components/schemas/${name}` })
const jsonOf = (schema: Json): Json => ({ 'application/json': { schema } })

const idParameter = {
  name: 'id',
  in: 'path',
  required: true,
  description: 'name or id of a process',
  schema: { type: 'string', pattern: '^[A-Za-z0-9_][A-Za-z0-9_.@:+-]{0,119}$' },
}

export function openApi(): Json {
  const paths: Record<string, Json> = {}
  for (const route of routes) {
    paths[route.path] ??= {}
    paths[route.path]![route.method.toLowerCase()] = operationOf(route)
  }
  Object.assign(paths, streams)
  return {
    openapi: '3.1.0',
    info: {
      title: 'ptrack',
      version: VERSION,
      license: { name: 'MIT', identifier: 'MIT' },
      description: 'Processes of one ptrack daemon: on its socket without a token, by TCP with `Authorization: Bearer TOKEN`.',
    },
    servers: [{ url: '/' }],
    security: [{ bearer: [] }],
    paths,
    components: {
      schemas,
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', description: '`ptrack token create NAME`' } },
      responses: {
        Problem: {
          description: 'What was wrong, with a code',
          content: { 'application/problem+json': { schema: reference('Problem') } },
        },
      },
    },
  }
}

function operationOf(route: Route): Json {
  const parameters: Json[] = route.path.includes('{id}') ? [idParameter] : []
  if (route.query !== null) parameters.push(...queryParameters(route.query))
  if (route.idempotent)
    parameters.push({
      name: 'Idempotency-Key',
      in: 'header',
      description: 'the same key with the same body gets the first answer again, for a day and as long as the daemon lives',
      schema: { type: 'string', minLength: 1, maxLength: 255 },
    })
  return {
    operationId: route.operationId,
    summary: route.summary,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(route.body === null
      ? {}
      : {
          requestBody: {
            required: !route.bodyOptional,
            content: jsonOf(inline(z.toJSONSchema(route.body, { io: 'input', unrepresentable: 'any' }))),
          },
        }),
    responses: {
      [route.success]: { description: 'Done', content: jsonOf(reference(route.reply)) },
      ...(route.etag === null ? {} : { 304: { description: 'As it was (If-None-Match)' } }),
      default: { $ref: '#/components/responses/Problem' },
    },
  }
}

function queryParameters(query: z.ZodObject): Json[] {
  return Object.entries(query.shape).map(([name, schema]) => {
    const { description, ...rest } = inline(z.toJSONSchema(schema as z.ZodType, { io: 'output', unrepresentable: 'any' }))
    return {
      name,
      in: 'query',
      ...(description === undefined ? {} : { description }),
      ...(rest.type === 'array' ? { explode: true, style: 'form' } : {}),
      schema: rest,
    }
  })
}

function inline({ $schema: _, ...schema }: Json): Json {
  return schema
}

const eventStream = (summary: string, operationId: string, parameters: Json[], description: string): Json => ({
  get: {
    operationId,
    summary,
    description,
    parameters: [
      ...parameters,
      { name: 'Last-Event-ID', in: 'header', description: 'id of the last event that was heard', schema: { type: 'string' } },
    ],
    responses: {
      200: { description: 'Server-sent events', content: { 'text/event-stream': { schema: { type: 'string' } } } },
      default: { $ref: '#/components/responses/Problem' },
    },
  },
})

const webSocket = (summary: string, operationId: string, message: Json): Json => ({
  get: {
    operationId,
    summary,
    responses: {
      101: { description: 'A WebSocket', content: jsonOf(message) },
      default: { $ref: '#/components/responses/Problem' },
    },
  },
})

const streams: Record<string, Json> = {
  '/api/processes/{id}/stream': eventStream(
    'What becomes of one process, with its results',
    'streamProcess',
    [idParameter],
    'connected, existing_result, result, paused, resumed, cancelled, completed, heartbeat; results have their index as id',
  ),
  '/api/events': eventStream(
    'Every event, as it happens',
    'streamEvents',
    [
      { name: 'type', in: 'query', schema: { type: 'array', items: { type: 'string', enum: [...EVENT_TYPES] } } },
      { name: 'process', in: 'query', schema: { type: 'array', items: { type: 'string', minLength: 1, maxLength: 256 } } },
    ],
    'event: the type; data: PtrackEvent. `lagged` tells that events were dropped, with the present views.',
  ),
  '/ws': webSocket('The protocol of the CLI: JSON-RPC 2.0, one message each way', 'openProtocol', { type: 'object' }),
  '/ws/processes': webSocket('Every change of a process, as one message', 'openProcessUpdates', reference('ProcessUpdate')),
  '/metrics': {
    get: {
      operationId: 'getMetrics',
      summary: 'Metrics, for Prometheus',
      responses: {
        200: { description: 'Text format 0.0.4', content: { 'text/plain': { schema: { type: 'string' } } } },
        default: { $ref: '#/components/responses/Problem' },
      },
    },
  },
  '/api/openapi.json': {
    get: {
      operationId: 'getOpenApi',
      summary: 'This document',
      responses: {
        200: { description: 'OpenAPI 3.1', content: jsonOf({ type: 'object' }) },
        default: { $ref: '#/components/responses/Problem' },
      },
    },
  },
}
