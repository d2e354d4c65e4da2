/** Answers what reads, or acts on processes that are there, where there is no home: a mistyped PTRACK_HOME creates no directory. */
import { PtrackError, toErrorBody } from '../protocol/errors.ts'
import type { StatsRow } from '../protocol/history.ts'
import { KEPT_MS } from '../protocol/kept.ts'
import { notFound } from '../protocol/not-found.ts'
import { isPattern } from '../protocol/patterns.ts'
import { namesOf } from '../protocol/project.ts'
import type { ActionResult, Hello, Input, Method, Reply } from '../protocol/requests.ts'
import { unreachable } from './connect.ts'
import { isSomethingLeft } from './left-of-home.ts'

type Answers = { [M in Method]?: (params: Input<M>) => Reply<M> }

/** For requests that name processes: an error for the first name. */
const nothing = ({ targets = [] }: { targets?: string[] | undefined }): never[] => {
  if (targets.length > 0) throw notFound(targets[0]!)
  return []
}

const failed = (name: string): ActionResult => ({
  ...namesOf(name),
  ok: false,
  note: null,
  view: null,
  error: toErrorBody(notFound(name)),
  tail: [],
})

const acted = ({ targets }: { targets: string[] }): ActionResult[] => targets.map(failed)
/** Nothing to end is no failure, unless the programs are there and only their home is not. */
const ended =
  (home: string) =>
  ({ targets }: { targets: string[] }): ActionResult[] => {
    if (isSomethingLeft(home))
      throw new PtrackError('NOT_FOUND', `cannot find '${targets[0]}': ${home} was removed, and programs of it still run`, {
        hint: '`ptrack orphans` lists them, `ptrack kill-orphan --all` ends them',
      })
    return targets.filter((target) => !isPattern(target)).map(failed)
  }

const COUNTS = { runs: 0, done: 0, failed: 0, timeout: 0, cancelled: 0, interrupted: 0, stopped: 0 }
const NO_RUNS: StatsRow = { type: 'all', ...COUNTS, successRate: null, p50Ms: null, p95Ms: null, totalMs: 0 }

const answersOf = (home: string): Answers => ({
  list: nothing,
  projects: () => [],
  show: nothing,
  why: nothing,
  tree: nothing,
  env: nothing,
  wait: acted,
  stop: ended(home),
  delete: ended(home),
  restart: acted,
  reload: acted,
  cancel: acted,
  pause: acted,
  resume: acted,
  reset: acted,
  signal: acted,
  flush: acted,
  set: acted,
  port: ({ port }) => {
    throw new PtrackError('UNREACHABLE', `cannot see who holds port ${port}: no daemon runs, and ${home} is no home of one`, {
      hint: 'make it one with `ptrack daemon start`',
    })
  },
  orphans: () => [],
  'logs.read': ({ targets }) => {
    throw notFound(targets[0]!)
  },
  results: ({ target }) => {
    throw notFound(target)
  },
  history: () => ({ rows: [], cursor: null, notices: [] }),
  stats: ({ sinceMs }) => ({
    since: sinceMs === undefined ? null : new Date(sinceMs).toISOString(),
    types: [],
    all: NO_RUNS,
    trend: [],
    notices: [],
  }),
  types: () => [],
  'limits.get': () => ({ global: null, owners: {}, types: {}, live: 0, queued: 0 }),
  'policy.get': () => [],
  'retention.get': () => ({ ...KEPT_MS }),
  gc: ({ dryRun = false }) => ({ dryRun, items: [], count: 0, bytes: 0, notices: [] }),
  'hooks.list': () => [],
  'token.ls': () => [],
})

export interface Reader {
  /** Absent without a daemon. */
  readonly hello?: Hello
  /** Whether programs of a removed home still run; only without a daemon. Reads all of /proc. */
  isSomethingLeft?(): boolean
  request<M extends Method>(method: M, params: Input<M>): Promise<Reply<M>>
}

/** null for a request that needs a daemon. */
export function emptyHome(home: string, method: Method): Reader | null {
  const answers = answersOf(home)
  if (answers[method] === undefined || (method === 'orphans' && isSomethingLeft(home))) return null
  return {
    isSomethingLeft: () => isSomethingLeft(home),
    async request<M extends Method>(asked: M, params: Input<M>): Promise<Reply<M>> {
      const answer = answers[asked] as ((params: Input<M>) => Reply<M>) | undefined
      if (answer === undefined) throw unreachable(home, 'ENOENT', 'it is not running', undefined)
      return answer(params)
    },
  }
}
