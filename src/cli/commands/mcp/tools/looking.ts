/** Tools that only look: list, wait, why, ports, progress, results. */
import { notFound } from '../../../../protocol/not-found.ts'
import type { ActionResult } from '../../../../protocol/requests.ts'
import type { ProcessView, StepView } from '../../../../protocol/view.ts'
import { urlOfPort } from '../../../../words/local-url.ts'
import { type Answer, facts, failed, fitting, ok, page } from '../answer.ts'
import { choice, flag, takes, whole } from '../schema.ts'
import { type Call, namesIn, QUICK_MS, secondsOf, type Tool } from '../tool.ts'
import { plainText, summary } from '../views.ts'
import * as fields from './fields.ts'

const quick = (): number => QUICK_MS
const reads = { reads: true, again: true } as const

export const listed = async ({ context, scope }: Call, all: boolean): Promise<ProcessView[]> =>
  (await context.request('list', { all, ...(scope.all ? {} : { project: scope.project }) })).filter((view) =>
    scope.includes(view),
  )

const list: Tool = {
  name: 'list',
  title: 'List processes',
  description:
    'The processes of this project: status, health, pid, port, URL, and why one is as it is. Look here before you start anything.',
  schema: takes({ all: flag('ended jobs of more than an hour ago too'), cursor: fields.cursor }),
  needs: 'list',
  hints: reads,
  limitMs: quick,
  async call(call, { all = false, cursor }) {
    const { items, ...more } = page(
      (await listed(call, all)).map((view) => summary(view, call.scope)),
      cursor,
    )
    return ok({ project: call.scope.all ? null : call.scope.project, processes: items, ...more })
  },
}

type Goal = 'ready' | 'ended'

/** What came first. */
function outcome({ ok: reached, error, view }: ActionResult, goal: Goal): 'ready' | 'ended' | 'timeout' | null {
  if (reached) return goal
  if (error?.code === 'TIMED_OUT') return 'timeout'
  return view !== null && ENDED.has(view.status) ? 'ended' : null
}
const ENDED: ReadonlySet<string> = new Set(['done', 'failed', 'cancelled', 'timeout', 'stopped', 'interrupted'])

/** Above what the daemon itself waits. */
const MARGIN_MS = 2000

const wait: Tool = {
  name: 'wait',
  title: 'Wait for processes',
  description:
    'Waits until processes are ready or have ended, and not longer than `timeout`. `outcome` is ready, ended or timeout. What has no port and no health check counts as ready while it runs.',
  schema: takes(
    {
      name: fields.names,
      for: choice('ready or ended (default: ended)', ['ready', 'ended']),
      timeout: fields.timeout(60, 'at most'),
    },
    ['name'],
  ),
  needs: 'wait',
  hints: reads,
  limitMs: (args) => secondsOf(args, 60) + MARGIN_MS,
  async call({ context, scope }, args) {
    const goal: Goal = args.for ?? 'ended'
    const targets = await scope.names(context, namesIn(args.name))
    const timeoutMs = secondsOf(args, 60)
    const results = await context.request('wait', { targets, for: goal === 'ready' ? 'healthy' : 'ended', timeoutMs })
    const all = results.map((result) => ({ ...result, outcome: outcome(result, goal) }))
    const broken = all.find((each) => each.outcome === null)
    if (broken) return failed(broken.error!, { name: scope.shown(broken.fullName) })
    const shown = all.map((each) => ({
      outcome: each.outcome,
      ...(each.view ? summary(each.view, scope) : { name: scope.shown(each.fullName) }),
    }))
    if (shown.length === 1) return ok(shown[0])
    const some = (what: string): boolean => shown.some((each) => each.outcome === what)
    const { items, ...more } = page(shown, undefined)
    return ok({
      outcome: some('timeout') ? 'timeout' : goal === 'ready' && some('ended') ? 'ended' : goal,
      processes: items,
      ...more,
    })
  },
}

const why: Tool = {
  name: 'why',
  title: 'Explain a process',
  description:
    'Why a process is as it is: its changes with reasons, newest last, and the last stderr lines of failed runs. The first thing to ask when something does not work.',
  schema: takes({ name: fields.name, cursor: fields.cursor }, ['name']),
  needs: 'why',
  hints: reads,
  limitMs: quick,
  async call({ context, scope }, { name, cursor }) {
    const [target] = await scope.names(context, [name])
    const [reply] = await context.request('why', { targets: [target!] })
    if (reply === undefined) throw notFound(name)
    // Newest first to choose, newest last to read.
    const changes = reply.timeline
      .map(({ at, status, run, reason, health }) => facts({ at, status, health, run, reason }))
      .toReversed()
    const { items, ...more } = page(changes.slice(0, 1000), cursor)
    const kept = cursor === undefined ? reply.failures.toReversed() : []
    const failures = kept
      .slice(0, 3)
      .toReversed()
      .map(({ run, outcome: how, at, reason, lines }) => ({
        run,
        outcome: how,
        at,
        reason,
        lines: lines.slice(-15).map(plainText),
      }))
    const shown = items.slice(0, cursor === undefined ? 20 : 200)
    const next = Number(cursor ?? 0) + shown.length
    return ok({
      ...summary(reply.view, scope),
      error: undefined,
      lastError: reply.view.error?.message,
      changes: shown.toReversed(),
      ...(next < changes.length || 'cursor' in more ? { cursor: String(next) } : {}),
      failures: failures.length > 0 ? failures : null,
    })
  },
}

const ports: Tool = {
  name: 'ports',
  title: 'Show ports',
  description:
    'The ports that processes of this project have declared, whether they listen, and their URLs; with `port`: who holds that port, whoever it is.',
  schema: takes({ port: whole('who holds this one', 1, 65_535), cursor: fields.cursor }),
  needs: 'port',
  hints: reads,
  limitMs: quick,
  async call(call, { port, cursor }) {
    const { scope, context } = call
    if (port !== undefined) {
      const holders = await context.request('port', { port })
      return ok({
        port,
        free: holders.length === 0,
        holders: holders.map(({ pid, command, process, address }) =>
          facts({ pid, command, process: process === null ? null : scope.shown(process), address }),
        ),
      })
    }
    const rows = (await listed(call, true)).flatMap((view) =>
      view.ports.map((each) =>
        facts({
          port: each.port,
          name: scope.shown(view.fullName),
          listens: each.open,
          url: each.open ? urlOfPort(each.port, view.command) : null,
          heldBy: each.heldBy,
          status: view.status,
        }),
      ),
    )
    const { items, ...more } = page(rows, cursor)
    return ok({ ports: items, ...more })
  },
}

const stepFacts = ({ name, status, percent, message, error, steps }: StepView): Answer =>
  facts({ name, status, percent, message, error, steps: steps.length > 0 ? steps.map(stepFacts) : null })

const progress: Tool = {
  name: 'progress',
  title: 'Show progress',
  description: 'How far a job is: percent, ETA, message and steps, as it reports them.',
  schema: takes({ name: fields.name }, ['name']),
  needs: 'show',
  hints: reads,
  limitMs: quick,
  async call({ context, scope }, { name }) {
    const [target] = await scope.names(context, [name])
    const [detail] = await context.request('show', { targets: [target!] })
    if (detail === undefined) throw notFound(name)
    const { progress: now } = detail
    const steps = detail.steps.map(stepFacts)
    return ok({
      ...summary(detail, scope),
      ...(now === null
        ? { progress: 'it reports none' }
        : {
            progress: facts({
              ...now,
              etaSeconds: now.etaMs === null ? null : Math.round(now.etaMs / 1000),
              etaMs: null,
              stalled: now.stalled || null,
            }),
          }),
      steps: steps.length > 0 ? steps.slice(0, fitting(steps)) : null,
    })
  },
}

const results: Tool = {
  name: 'results',
  title: 'Read results',
  description: 'The rows that a job has reported, in order, also of one that was deleted.',
  schema: takes(
    {
      name: fields.name,
      cursor: fields.cursor,
      run: whole('only of this run', 1, 1_000_000_000),
      last: flag('of a retried job only the last attempt'),
    },
    ['name'],
  ),
  needs: 'results',
  hints: reads,
  limitMs: quick,
  async call({ context, scope }, { name, cursor, run, last }) {
    const target = await scope.one(context, name)
    const from = Math.max(1, Number(cursor ?? 1) || 1)
    const got = await scope.about(
      name,
      context.request('results', { target, run, from, max: 200, ...(last ? { attempts: 'last' } : {}) }),
    )
    const rows = got.rows.map((each) => ({ index: each.index, run: each.run, row: each.row }))
    const count = fitting(rows)
    const more = count < rows.length || got.more
    const next = count < rows.length ? rows[count]!.index : got.next
    return ok({
      name: scope.shown(got.name),
      rows: rows.slice(0, count),
      ended: got.ended,
      ...(more ? { cursor: String(next) } : {}),
      notices: got.notices.length > 0 ? got.notices : null,
    })
  },
}

export const looking: readonly Tool[] = [list, wait, why, ports, progress, results]
