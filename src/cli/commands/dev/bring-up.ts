/** Starts what the file says and what does not run yet; what cannot start is a line between the others. */
import { isAway } from '../../../client/log-stream.ts'
import type { PlanEntry } from '../../../files/plan.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import { isEnded } from '../../../protocol/names.ts'
import type { ActionResult } from '../../../protocol/requests.ts'
import { clean } from '../../../words/text.ts'
import type { Context } from '../../context.ts'
import { type Applied, apply } from '../up/apply.ts'
import type { Plan } from '../up/bring-up.ts'
import type { Members } from './members.ts'
import type { Printer } from './printer.ts'
import type { Session } from './session.ts'

const TIMEOUT_MS = 5 * 60_000
const AGAIN_MS = 200

export interface Bringing {
  context: Context
  members: Members
  printer: Printer
  session: Session
  /** Milliseconds; undefined = the usual. */
  timeout: number | undefined
  /** Nothing is started any more. */
  isOver(): boolean
}

const STARTS: ReadonlySet<PlanEntry['act']> = new Set(['start', 'start-again', 'recreate'])

/** Where nothing of a file runs, its jobs run again: they prepare what follows, as `migrate` does. */
export function withJobsAgain({ entries, has, ...rest }: Plan): Plan {
  const mine = new Set(entries.map(({ name }) => name))
  if (has.some(({ name, ended }) => mine.has(name) && !ended)) return { ...rest, entries, has }
  const again = ({ act, process, change }: PlanEntry): boolean =>
    act === null && change === 'unchanged' && process?.definition.kind === 'job' && process.autostart && !process.definition.cron
  return { ...rest, has, entries: entries.map((each) => (again(each) ? { ...each, act: 'start-again' as const } : each)) }
}

/** The end of the session: what was not started yet is not. */
class Over extends PtrackError {
  constructor() {
    // As of a daemon that is gone: it concerns all that is still to be started.
    super('UNREACHABLE', 'cannot start more: the session ends')
  }
}

/** A daemon that dies meanwhile is followed by one that is asked for what is still missing; `plan` is made anew then. */
export async function bringUp(bringing: Bringing, first: Plan, plan: () => Promise<Plan>): Promise<void> {
  const { isOver } = bringing
  const context: Context = {
    ...bringing.context,
    request: (method, params) => (isOver() ? Promise.reject(new Over()) : bringing.context.request(method, params)),
  }
  for (let present = first; ; ) {
    try {
      return await once({ ...bringing, context }, present)
    } catch (error) {
      if (error instanceof Over) return
      if (!isAway(error)) throw error
    }
    for (;;) {
      if (isOver()) return
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))
      try {
        present = await plan()
        break
      } catch (error) {
        if (!isAway(error)) throw error
      }
    }
  }
}

async function once({ context, members, printer, session, timeout, isOver }: Bringing, { entries, facts }: Plan): Promise<void> {
  // A process that is no longer in the file is ended by who started it.
  const leaving = ({ act, replaced, name }: PlanEntry): boolean => act !== 'delete' || replaced || session.knows(name)
  const acting = entries.filter((each) => each.act !== null && leaving(each))
  for (const { name, act, process } of acting)
    if (process?.autostart && (STARTS.has(act) || (act === 'restart' && facts.ended.has(name)))) session.add(name)
  const untouched = entries.filter(({ act, process }) => act === null && process?.autostart && process.definition.kind !== 'job')
  await apply(
    context,
    acting,
    untouched,
    session.owner === null ? facts : { ...facts, session: session.owner },
    timeout ?? TIMEOUT_MS,
    ({ results }: Applied) => {
      for (const result of results) if (!isOver()) report(result, context, members, printer)
    },
  )
}

function report({ fullName, name, ok, view, error }: ActionResult, { names }: Context, members: Members, printer: Printer): void {
  if (ok || error === null) return
  if (view === null && error.code !== 'TIMED_OUT') members.refuseStart(fullName, error)
  if (view?.status === 'pending' && error.code !== 'TIMED_OUT') members.block(fullName)
  // The rest is reported by the event of its failure.
  if (view !== null && (isEnded(view.status) || view.status === 'retrying')) return
  printer.own(names.text(clean(`${error.message}${error.hint ? `; ${error.hint}` : ''}`)), name)
}
