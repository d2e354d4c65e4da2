/** From targets to processes, and from processes to results. */
import { leftAlone, type Selective } from '../../../core/left-alone.ts'
import { type Selection, selectTargets } from '../../../core/targets.ts'
import { PtrackError, toErrorBody } from '../../../protocol/errors.ts'
import { notFound } from '../../../protocol/not-found.ts'
import { isPattern } from '../../../protocol/patterns.ts'
import { namesOf } from '../../../protocol/project.ts'
import type { ActionResult } from '../../../protocol/requests.ts'
import type { ProcessView } from '../../../protocol/view.ts'
import type { Supervisor } from '../../create-supervisor.ts'
import { type Managed, nameOf } from '../../registry.ts'

export const select = (supervisor: Supervisor, targets: readonly string[]): Selection<Managed> =>
  selectTargets(targets, supervisor.registry)

/** For requests that show: the matches, or an error for the first target without any. */
export function selectAll(supervisor: Supervisor, targets: readonly string[]): Managed[] {
  const { matched, missing } = select(supervisor, targets)
  if (missing.length > 0) throw notFound(missing[0]!)
  return matched
}

export function success(supervisor: Supervisor, managed: Managed, note: string | null = null): ActionResult {
  return {
    ...namesOf(nameOf(managed)),
    ok: true,
    note,
    view: managed.removed ? null : supervisor.views.of(managed),
    error: null,
    tail: [],
  }
}

export function failure(supervisor: Supervisor, managed: Managed, error: unknown, tail: string[] = []): ActionResult {
  return {
    ...namesOf(nameOf(managed)),
    ok: false,
    note: null,
    view: managed.removed ? null : supervisor.views.of(managed),
    error: toErrorBody(error),
    tail,
  }
}

/** An expected failure is the answer for this process and does not affect the others. */
export async function answered(
  supervisor: Supervisor,
  managed: Managed,
  act: () => Promise<ActionResult>,
): Promise<ActionResult> {
  try {
    return await act()
  } catch (error) {
    if (!(error instanceof PtrackError)) throw error
    return failure(supervisor, managed, error)
  }
}

/** Tries all targets at once and answers for each. `mayMatchNothing`: stop, delete. `verb` decides what a pattern skips. */
export async function forEachTarget(
  supervisor: Supervisor,
  targets: readonly string[],
  act: (managed: Managed) => Promise<ActionResult>,
  options: { mayMatchNothing?: boolean; verb?: Selective; outcomeSince?: OutcomeSince } = {},
): Promise<ActionResult[]> {
  const { matched, named, missing } = select(supervisor, targets)
  const leave = (managed: Managed): string | null => {
    const { definition, tracked } = managed.record
    return options.verb === undefined || named.has(managed)
      ? null
      : leftAlone(options.verb, definition.kind, tracked.state.status)
  }
  const results = await Promise.all(
    matched.map((managed) => {
      const why = leave(managed)
      if (why !== null) return { ...success(supervisor, managed, `left alone: ${why}`), leftAlone: why }
      return answered(supervisor, managed, () => act(managed))
    }),
  )
  const absent = missing
    .filter((target) => !(options.mayMatchNothing && isPattern(target)))
    .map(
      (target): ActionResult => ({
        ...namesOf(target),
        ok: false,
        note: null,
        view: null,
        error: toErrorBody(notFound(target)),
        tail: [],
      }),
    )
  return savedTogether(supervisor, [...results, ...absent], options.outcomeSince)
}

/** As above, skipping what only a pattern matches and `verb` does not apply to; the answer says so. */
export const forEachFitting = (
  verb: Selective,
  supervisor: Supervisor,
  targets: readonly string[],
  act: (managed: Managed) => Promise<ActionResult>,
  outcomeSince?: OutcomeSince,
): Promise<ActionResult[]> => forEachTarget(supervisor, targets, act, { verb, outcomeSince })

/** The outcome of a start that went on during the write to disk: it had the state of `before` when it was answered for. */
export type OutcomeSince = (managed: Managed, before: ProcessView) => Promise<ActionResult>

/** What it means that a change could not be saved: it holds for as long as this daemon lives. */
const notSaved = ({ message, hint }: PtrackError): string =>
  `done, but ${message}${hint ? `; ${hint}` : ''}. A daemon that is killed before that forgets the change`

/** Answers after the change is on disk, one write for all targets. A failed write undoes nothing, so it is a note. */
export async function savedTogether(
  supervisor: Supervisor,
  results: ActionResult[],
  outcomeSince?: OutcomeSince,
): Promise<ActionResult[]> {
  let note: string | null = null
  try {
    await supervisor.world.store.flush()
  } catch (error) {
    if (!(error instanceof PtrackError)) throw error
    note = notSaved(error)
  }
  const answers = results.map((result) => {
    // The answer includes what was spawned during the write.
    const managed = supervisor.registry.named(result.fullName)
    if (managed !== undefined && note === null) managed.saved = true
    const before = result.view
    const noted = (own: string | null): string | null => (result.ok && note !== null ? note : own)
    if (managed === undefined || before?.id !== managed.record.id) return { ...result, note: noted(result.note) }
    const view = supervisor.views.of(managed)
    // A job that has begun counts as started, however soon it ends.
    const failed = before.status === 'running' && view.kind === 'service' && isNoMore(view)
    const begun = before.status === 'pending' && view.status !== 'pending'
    if (result.ok && (failed || begun) && outcomeSince) return answered(supervisor, managed, () => outcomeSince(managed, before))
    // Why it was pending holds no more.
    return { ...result, view, note: noted(begun ? null : result.note) }
  })
  return Promise.all(answers)
}

const isNoMore = ({ status }: ProcessView): boolean => status === 'retrying' || status === 'failed'
