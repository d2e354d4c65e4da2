/** The routes of the daemon and of settings. */
import { z } from 'zod'
import { PtrackError } from '../../protocol/errors.ts'
import { limits } from '../../protocol/limits.ts'
import { STATUSES } from '../../protocol/names.ts'
import { WaitMs } from '../../protocol/request-parts.ts'
import { requests } from '../../protocol/requests.ts'
import { flag, several, text, time, whole } from './query.ts'
import type { HealthReply, ReadyReply, SessionReply } from './replies.ts'
import { type Route, route } from './route.ts'

export const daemonRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/orphans',
    operationId: 'listOrphans',
    summary: 'What processes of ours left behind, with the evidence',
    requests: ['orphans'],
    reply: 'OrphanViews',
    etag: 'body',
    run: ({ call }) => call('orphans', {}),
  }),
  route({
    method: 'GET',
    path: '/api/projects',
    operationId: 'listProjects',
    summary: 'Projects with their directories, and how many processes of each run',
    requests: ['projects'],
    reply: 'ProjectViews',
    etag: 'body',
    run: ({ call }) => call('projects', {}),
  }),
  route({
    method: 'DELETE',
    path: '/api/orphans',
    operationId: 'killOrphans',
    summary: 'Ends orphans: by the identity that the list told, by pid, or all that may be ended unasked',
    requests: ['kill-orphan'],
    query: z.strictObject({
      identity: several(text(256), 1000).optional(),
      pid: several(z.string().regex(/^\d{1,10}$/, 'a pid'), 1000).optional(),
      all: flag.optional(),
      graceMs: whole(0, WaitMs.maxValue ?? limits.waitMs).optional(),
      dryRun: flag.optional(),
    }),
    reply: 'KillResults',
    run: ({ query: { identity, pid, ...rest }, call }) => {
      if (identity === undefined && pid === undefined && rest.all !== true)
        throw new PtrackError('BAD_REQUEST', 'cannot kill-orphan: nothing is named', { hint: 'give identity, pid, or all=true' })
      return call('kill-orphan', { identities: identity, targets: pid, ...rest })
    },
  }),
  route({
    method: 'GET',
    path: '/api/health',
    operationId: 'getHealth',
    summary: 'How the daemon fares',
    requests: ['daemon.status'],
    reply: 'HealthReply',
    run: async ({ call }): Promise<HealthReply> => {
      const { version, uptimeMs, processes, live, stateError } = await call('daemon.status', {})
      const error = stateError?.message ?? null
      return { status: error === null ? 'ok' : 'degraded', version, uptimeMs, processes, live, error }
    },
  }),
  route({
    method: 'GET',
    path: '/api/ready',
    operationId: 'getReady',
    summary: 'Whether changes are taken; 507 while the state cannot be written',
    requests: ['daemon.status'],
    reply: 'ReadyReply',
    run: async ({ call }): Promise<ReadyReply> => {
      const { version, stateError } = await call('daemon.status', {})
      if (stateError !== null) throw new PtrackError('STATE_WRITE_FAILED', `cannot take changes: ${stateError.message}`)
      return { ready: true, version }
    },
  }),
  route({
    method: 'GET',
    path: '/api/session',
    operationId: 'getSession',
    summary: 'Whose rights the cookie or token carries',
    requests: ['daemon.status'],
    reply: 'SessionReply',
    run: async ({ peer, call }): Promise<SessionReply> => {
      const { version } = await call('daemon.status', {})
      return { user: peer.user, role: peer.role, version }
    },
  }),
  route({
    method: 'GET',
    path: '/api/stats',
    operationId: 'getStats',
    summary: 'Counted from the history: success, durations, trend by type',
    requests: ['stats'],
    query: z.strictObject({
      type: text(64).optional(),
      name: text(256).optional(),
      owner: text(64).optional(),
      since: time.optional(),
    }),
    reply: 'StatsView',
    run: ({ query: { since, ...rest }, call }) => call('stats', { ...rest, sinceMs: since }),
  }),
  route({
    method: 'GET',
    path: '/api/history',
    operationId: 'listHistory',
    summary: 'Ended runs, newest first',
    requests: ['history'],
    query: z.strictObject({
      process: several(text(256), 1000).optional(),
      type: text(64).optional(),
      owner: text(64).optional(),
      outcome: several(z.enum(STATUSES), STATUSES.length).optional(),
      since: time.optional(),
      limit: whole(1, limits.historyPageRows).optional(),
      cursor: text(1000).optional(),
    }),
    reply: 'HistoryPage',
    etag: 'body',
    run: ({ query: { process, since, limit, ...rest }, call }) =>
      call('history', { ...rest, targets: process, sinceMs: since, max: limit }),
  }),
  route({
    method: 'GET',
    path: '/api/retention',
    operationId: 'getRetention',
    summary: 'What is kept how long, in ms; null = for ever',
    requests: ['retention.get'],
    reply: 'Retention',
    etag: 'body',
    run: ({ call }) => call('retention.get', {}),
  }),
  route({
    method: 'PATCH',
    path: '/api/retention',
    operationId: 'changeRetention',
    summary: 'Keeps longer or shorter what is named; null keeps it for ever',
    requests: ['retention.set'],
    body: requests['retention.set'],
    reply: 'Retention',
    run: ({ body, call }) => call('retention.set', body),
  }),
  route({
    method: 'POST',
    path: '/api/gc',
    operationId: 'collectGarbage',
    summary: 'Removes logs, environments and results that no process owns; `dryRun` only lists them',
    requests: ['gc'],
    body: requests.gc,
    bodyOptional: true,
    reply: 'GarbageReport',
    run: ({ body, call }) => call('gc', body),
  }),
  route({
    method: 'GET',
    path: '/api/limits',
    operationId: 'getLimits',
    summary: 'How many jobs may live at once, and how many do',
    requests: ['limits.get'],
    reply: 'LimitsView',
    etag: 'body',
    run: ({ call }) => call('limits.get', {}),
  }),
]
