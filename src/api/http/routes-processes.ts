/** The routes of processes: reading, creating, acting on one. */
import { z } from 'zod'
import { ATTEMPTS } from '../../protocol/attempts.ts'
import { Definition, DefinitionChanges, ExpectedFields, SignalName } from '../../protocol/definition.ts'
import { PtrackError } from '../../protocol/errors.ts'
import { limits } from '../../protocol/limits.ts'
import { STATUSES } from '../../protocol/names.ts'
import { noWait, OwnerName, WaitMs } from '../../protocol/request-parts.ts'
import { EnvCapture, requests } from '../../protocol/requests.ts'
import { ExternalOutcome, LeaseMs, TrackUpdate } from '../../protocol/tracking.ts'
import { VERBS } from '../../protocol/verbs.ts'
import { pageOf } from './process-page.ts'
import { flag, several, text, time, whole } from './query.ts'
import type { Created, StatusCount } from './replies.ts'
import { addressOf, outcomes, type Route, route } from './route.ts'

const LOG_LINES = 100

const ListQuery = z.strictObject({
  limit: whole(1, 10_000).optional(),
  cursor: text(500).optional(),
  status: several(z.enum(STATUSES), STATUSES.length).optional(),
  type: text(64).optional(),
  owner: text(64).optional(),
  tag: text(64).optional(),
  project: text(64).optional(),
  session: text(64).optional(),
  text: text(256).optional().describe('in the name, title, description or message, in any case of letters'),
  all: flag.optional().describe('jobs that ended more than an hour ago too'),
})

const Start = z.strictObject({
  definition: Definition,
  env: EnvCapture.optional(),
  instances: z.number().int().min(1).max(limits.instances).optional(),
  owner: OwnerName.optional(),
  noWait,
})
/** For external processes. */
const Track = z.strictObject({
  definition: Definition.omit({ command: true, cwd: true })
    .partial()
    .required({ name: true })
    .extend({ kind: z.literal('external') }),
  owner: OwnerName.optional(),
  leaseMs: LeaseMs,
  pid: z.number().int().min(1).optional(),
  resume: z.strictObject({ id: z.string().max(64), runId: z.string().max(64) }).optional(),
})

const Changes = z.strictObject({ changes: DefinitionChanges, expected: ExpectedFields.optional() })
const Update = z.strictObject({ update: TrackUpdate })
const End = z.strictObject({ end: z.strictObject({ outcome: ExternalOutcome, error: z.string().max(2000).optional() }) })

const has = (body: unknown, field: string): boolean => typeof body === 'object' && body !== null && Object.hasOwn(body, field)
const isExternal = (body: unknown): boolean =>
  has(body, 'definition') && (body as { definition: { kind?: unknown } | null }).definition?.kind === 'external'

const LogsQuery = z.strictObject({
  stream: z.enum(['out', 'err', 'both']).optional(),
  tail: whole(0, 100_000).optional(),
  since: time.optional(),
  run: z
    .string()
    .regex(/^-?\d{1,9}$/, 'a whole number')
    .transform(Number)
    .pipe(z.number().int())
    .optional(),
  grep: text(1024).optional(),
  cursor: text(limits.envBytes).optional(),
})

const ResultsQuery = z.strictObject({
  from: whole(1, Number.MAX_SAFE_INTEGER).optional(),
  run: whole(1, Number.MAX_SAFE_INTEGER).optional(),
  attempts: z.enum(ATTEMPTS).optional(),
  limit: whole(1, limits.resultPageRows).optional(),
  waitMs: whole(0, limits.longPollMs).optional(),
})

const reading: Route[] = [
  route({
    method: 'GET',
    path: '/api/processes',
    operationId: 'listProcesses',
    summary: 'Processes, page by page',
    requests: ['list'],
    query: ListQuery,
    reply: 'ProcessPage',
    etag: 'revision',
    run: async ({ query, call }) => {
      const { limit, cursor, text, ...filter } = query
      return pageOf(await call('list', filter), { limit: limit ?? 1000, cursor, text })
    },
  }),
  route({
    method: 'GET',
    path: '/api/processes/types',
    operationId: 'listTypes',
    summary: 'Types of processes, with what holds for each',
    requests: ['types'],
    query: z.strictObject({ owner: text(64).optional() }),
    reply: 'TypeViews',
    etag: 'body',
    run: ({ query, call }) => call('types', query),
  }),
  route({
    method: 'GET',
    path: '/api/processes/statuses',
    operationId: 'listStatuses',
    summary: 'How many processes are in each status',
    requests: ['list'],
    reply: 'StatusCounts',
    etag: 'revision',
    run: async ({ call }): Promise<StatusCount[]> => {
      const views = await call('list', { all: true })
      return STATUSES.map((status) => {
        const those = views.filter((view) => view.status === status)
        return { status, kinds: [...new Set(those.map(({ kind }) => kind))], count: those.length }
      })
    },
  }),
  route({
    method: 'GET',
    path: '/api/processes/{id}',
    operationId: 'getProcess',
    summary: 'One process: view, definition, runs, steps, descendants',
    requests: ['show'],
    reply: 'ProcessDetail',
    etag: 'body',
    run: async ({ id, call }) => only(await call('show', { targets: [id] }), id),
  }),
  route({
    method: 'GET',
    path: '/api/processes/{id}/logs',
    operationId: 'readLogs',
    summary: 'The last lines of its log (100 unless told otherwise), and where the rest is',
    requests: ['logs.read'],
    query: LogsQuery,
    reply: 'LogsReply',
    run: async ({ id, query, call }) => {
      const { since, ...rest } = query
      const bare = query.tail === undefined && since === undefined && query.run === undefined && query.cursor === undefined
      const { lines, cursor, more, notices } = await call('logs.read', {
        ...rest,
        targets: [id],
        sinceMs: since,
        ...(bare ? { tail: LOG_LINES } : {}),
      })
      const stream = query.stream === undefined ? '' : `&stream=${query.stream}`
      const logs = `${addressOf(id)}/logs`
      return {
        ...{ lines, cursor, more, notices },
        links: { whole: `${logs}?since=0${stream}`, next: `${logs}?cursor=${encodeURIComponent(cursor)}${stream}` },
      }
    },
  }),
  route({
    method: 'GET',
    path: '/api/processes/{id}/results',
    operationId: 'readResults',
    summary: 'Rows of its results, from an index on; `attempts=last` leaves out attempts that were repeated',
    requests: ['results'],
    query: ResultsQuery,
    reply: 'ResultPage',
    run: ({ id, query: { limit, ...rest }, call }) => call('results', { ...rest, target: id, max: limit }),
  }),
  route({
    method: 'GET',
    path: '/api/processes/{id}/runs',
    operationId: 'listRuns',
    summary: 'Its runs that are kept',
    requests: ['show'],
    reply: 'RunsReply',
    etag: 'body',
    run: async ({ id, call }) => ({ runs: only(await call('show', { targets: [id] }), id).runs }),
  }),
]

const making: Route[] = [
  route({
    method: 'POST',
    path: '/api/processes',
    operationId: 'createProcess',
    summary: 'Starts a new process, or registers one that was started elsewhere (`kind: external`)',
    requests: ['start', 'track.start'],
    body: z.union([Track, Start]),
    choose: (body) => (isExternal(body) ? Track : Start),
    success: 201,
    reply: 'Created',
    idempotent: true,
    run: async ({ body, call }): Promise<Created> =>
      'leaseMs' in body ? call('track.start', body) : outcomes(await call('start', body as never)),
    headers: (body) => ({ location: addressOf(createdId(body as Created)) }),
  }),
  route({
    method: 'PATCH',
    path: '/api/processes/{id}',
    operationId: 'changeProcess',
    summary: 'Changes its definition, or tells of its progress (`update`) or, if it was started elsewhere, its end (`end`)',
    requests: ['set', 'track.update', 'track.end'],
    body: z.union([Changes, Update, End]),
    choose: (body) => (has(body, 'update') ? Update : has(body, 'end') ? End : Changes),
    reply: 'Changed',
    run: async ({ id, body, call }) => {
      if ('changes' in body) return outcomes(await call('set', { targets: [id], ...body }))
      if ('update' in body) return call('track.update', { who: { target: id }, update: body.update })
      return { process: await call('track.end', { who: { target: id }, ...body.end }) }
    },
  }),
  route({
    method: 'DELETE',
    path: '/api/processes/{id}',
    operationId: 'deleteProcess',
    summary: 'Stops it and forgets it; its logs and results are kept unless `purge`',
    requests: ['delete'],
    query: z.strictObject({ purge: flag.optional() }),
    reply: 'Outcomes',
    run: async ({ id, query, call }) => outcomes(await call('delete', { targets: [id], ...query })),
  }),
]

const NoWait = z.strictObject({ noWait })

const acting: Route[] = [
  action('start', NoWait, (id, body) => ['start', { targets: [id], ...body }], 'Starts it again; a running one is left as it is'),
  action('stop', NoWait.extend({ timeoutMs: WaitMs.optional() }), (id, body) => ['stop', { targets: [id], ...body }]),
  action('restart', NoWait, (id, body) => ['restart', { targets: [id], ...body }]),
  action('pause', NoWait.extend({ now: z.boolean().default(false) }), (id, body) => ['pause', { targets: [id], ...body }]),
  action('resume', z.strictObject({}), (id) => ['resume', { targets: [id] }]),
  action('cancel', NoWait, (id, body) => ['cancel', { targets: [id], ...body }]),
  action('signal', z.strictObject({ signal: SignalName }), (id, body) => ['signal', { targets: [id], ...body }]),
  route({
    method: 'POST',
    path: '/api/processes/{id}/send',
    operationId: 'sendToProcess',
    summary: capitalized(VERBS.send.summary),
    requests: ['send'],
    body: requests.send.omit({ target: true }),
    reply: 'Sent',
    run: ({ id, body, call }) => call('send', { target: id, ...body }),
  }),
  route({
    method: 'POST',
    path: '/api/processes/{id}/resize',
    operationId: 'resizeProcess',
    summary: 'Sets the size of its terminal',
    requests: ['resize'],
    body: requests.resize.omit({ target: true }),
    reply: 'Resized',
    run: ({ id, body, call }) => call('resize', { target: id, ...body }),
  }),
]

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

type Acting = 'start' | 'stop' | 'restart' | 'pause' | 'resume' | 'cancel' | 'signal'

function action<B extends z.ZodObject>(
  name: Acting,
  body: B,
  request: (id: string, body: z.output<B>) => [Acting, unknown],
  summary = capitalized(VERBS[name as Exclude<Acting, 'start'>].summary),
): Route {
  return route({
    method: 'POST',
    path: `/api/processes/{id}/${name}`,
    operationId: `${name}Process`,
    summary,
    requests: [name],
    body,
    bodyOptional: name !== 'signal',
    reply: 'Outcomes',
    run: async ({ id, body: given, call }) => {
      const [method, params] = request(id, given as z.output<B>)
      return outcomes(await call(method, params as never))
    },
  })
}

function only<T>(found: readonly T[], id: string): T {
  const [one, another] = found
  if (one !== undefined && another === undefined) return one
  throw new PtrackError('BAD_REQUEST', `cannot show '${id}': ${found.length} processes match it`, { hint: 'name one of them' })
}

const createdId = (created: Created): string =>
  'results' in created ? (created.results[0]?.view?.id ?? created.results[0]?.name ?? '') : created.id

export const processRoutes: readonly Route[] = [...reading, ...making, ...acting]
