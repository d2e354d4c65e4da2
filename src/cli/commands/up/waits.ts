/** Waits for services that depend on others: reports what for, gives up when it cannot come or the time is up. */
import { baseOf } from '../../../files/plan.ts'
import type { DefinitionInput } from '../../../protocol/definition.ts'
import type { ErrorBody } from '../../../protocol/errors.ts'
import { monoMs } from '../../../protocol/mono.ts'
import { isEnded, STATUS_CLAUSES } from '../../../protocol/names.ts'
import type { ActionResult } from '../../../protocol/requests.ts'
import type { ProcessView } from '../../../protocol/view.ts'
import type { Context } from '../../context.ts'

type After = NonNullable<DefinitionInput['after']>

const LOOK_MS = 500

/** A service with unmet dependencies is not up yet; a queued job counts as accepted. */
export const isWaiting = ({ ok, view }: ActionResult): boolean => ok && view?.kind === 'service' && view.status === 'pending'

export class Waits {
  private readonly context: Context
  private readonly deadline: number
  private readonly failed = new Set<string>()
  private readonly absent = new Set<string>()

  /** Everything that one `up` waits for, within `timeoutMs`. */
  constructor(context: Context, timeoutMs: number) {
    this.context = context
    this.deadline = monoMs() + timeoutMs
  }

  record(results: readonly ActionResult[]): void {
    for (const { fullName: name, ok, view } of results) {
      if (ok) continue
      this.failed.add(baseOf(name))
      if (view === null) this.absent.add(baseOf(name))
    }
  }

  /** Why it need not be tried: a dependency does not exist. Else null. */
  hopeless(name: string, after: After): ErrorBody | null {
    const missing = after.find((each) => this.absent.has(baseOf(each.name)))
    if (missing === undefined) return null
    this.absent.add(baseOf(name))
    return {
      code: 'FAILED',
      message: `cannot bring up ${name}: it waits for ${missing.name}, which could not be started`,
      hint: `\`ptrack up\` again takes its turn when ${missing.name} is mended`,
    }
  }

  async untilUp(pending: readonly ActionResult[], after: After): Promise<ActionResult[]> {
    const targets = pending.map(({ fullName }) => fullName)
    for (let look = 0; ; look++) {
      const left = this.deadline - monoMs()
      const timeoutMs = Math.round(Math.min(LOOK_MS, Math.max(0, left)))
      const results = (await this.context.request('wait', { targets, for: 'healthy', timeoutMs })).map(inWordsOfUp)
      const late = results.filter(({ error }) => error?.code === 'TIMED_OUT').map(({ fullName }) => fullName)
      if (late.length === 0) return results
      const awaited = after.length === 0 ? [] : await this.list(after.map(({ name }) => name))
      const lost = awaited.find((view) => this.cannotCome(view, after))
      if (lost === undefined && left > LOOK_MS) {
        if (look === 0) for (const view of await this.list(late)) this.context.note(`${view.name}: ${view.reason ?? view.status}`)
        continue
      }
      const reasons = new Map((await this.list(late)).map((view) => [view.fullName, view.reason ?? view.status]))
      const error = (name: string): ErrorBody => (lost ? givenUp(name, lost) : tooLate(name, reasons.get(name) ?? 'deleted'))
      return results.map((each) => (late.includes(each.fullName) ? { ...each, error: error(each.fullName) } : each))
    }
  }

  /** Unchanged services that are not up, with their dependencies: waits for those that wait; failing ones are errors. */
  async untouched(services: ReadonlyMap<string, After>): Promise<ActionResult[]> {
    if (services.size === 0) return []
    const views = await this.list([...services.keys()])
    const failing = views.filter(({ status }) => status === 'retrying').map((view) => resultOf(view, failsAgain(view)))
    const pending = views
      .filter(({ status, nextRunAt }) => status === 'pending' && nextRunAt === null)
      .map((view) => resultOf(view, null))
    const up = [...services].map(([service, after]) => {
      const own = pending.filter(({ fullName }) => fullName === service || baseOf(fullName) === service)
      return own.length === 0 ? [] : this.untilUp(own, after)
    })
    return [...failing, ...(await Promise.all(up)).flat()]
  }

  private list(targets: string[]): Promise<ProcessView[]> {
    return this.context.request('list', { targets, all: true })
  }

  /** It may succeed one day; its dependents get an answer now. */
  private cannotCome({ fullName: name, kind, status, health, crashLoop }: ProcessView, after: After): boolean {
    const condition = after.find((each) => each.name === name || each.name === baseOf(name))?.condition ?? 'healthy'
    if (condition === 'started') return kind === 'service' && isEnded(status) && status !== 'done'
    if (isEnded(status)) return condition === 'healthy' || (condition === 'done' && status !== 'done')
    return crashLoop || (this.failed.has(baseOf(name)) && !(status === 'running' && health === 'healthy'))
  }
}

/** `wait` found that it can never begin: the same reason, worded for `up`. */
function inWordsOfUp(result: ActionResult): ActionResult {
  const { error } = result
  if (error?.details?.blocker === undefined) return result
  return { ...result, error: { ...error, message: error.message.replace('cannot wait for', 'cannot bring up') } }
}

const resultOf = (view: ProcessView, error: ErrorBody | null): ActionResult => {
  return {
    name: view.name,
    project: view.project,
    fullName: view.fullName,
    ok: error === null,
    note: null,
    view,
    error,
    tail: [],
  }
}

const failsAgain = ({ name, reason }: ProcessView): ErrorBody => ({
  code: 'FAILED',
  message: `cannot bring up ${name}: it fails again and again${reason ? ` (${reason})` : ''}`,
  hint: `\`ptrack why ${name}\` says more`,
})

function givenUp(name: string, { name: other, status, health, crashLoop }: ProcessView): ErrorBody {
  const now = `${STATUS_CLAUSES[status]}${status === 'running' ? `, ${health}` : ''}`
  const how = isEnded(status) ? STATUS_CLAUSES[status] : crashLoop ? 'fails again and again' : `did not come up (it ${now})`
  return {
    code: 'FAILED',
    message: `cannot bring up ${name}: it waits for ${other}, which ${how}`,
    hint: `\`ptrack why ${other}\` says more`,
  }
}

const tooLate = (name: string, reason: string): ErrorBody => ({
  code: 'TIMED_OUT',
  message: `cannot wait longer for ${name} to come up: it is ${reason}`,
  hint: 'it starts by itself when that is so; --timeout waits longer',
})
