/** Whether the end of a process ends the container, and with which code. Pure. */
import { isEnded } from '../../../protocol/names.ts'
import type { ProcessView } from '../../../protocol/view.ts'
import { shellCode } from '../../output/shell-code.ts'
import type { ExitRule } from './options.ts'

/** What the rule asks of a process beside its view. */
export interface Member {
  view: ProcessView
  critical: boolean
}

export interface Verdict {
  /** null: nothing was left to run from the beginning. */
  name: string | null
  code: number
  why: string
}

type Fate = 'alive' | 'ended' | 'stopped' | 'before'

/** `stopped`: a person did it, who may start it again. `before`: it ended in an earlier life of the container. */
function fateOf({ kind, status, crashLoop, wanted, nextRunAt, since, startedAt }: ProcessView, startedMs: number): Fate {
  if (kind === 'external') return 'before'
  // It is tried again for ever, and each time in vain.
  if (status === 'retrying' && crashLoop) return 'ended'
  if (!isEnded(status) || nextRunAt !== null) return 'alive'
  if (Date.parse(since) < startedMs) return 'before'
  if (status === 'stopped' && wanted === 'up') return 'alive'
  if (status !== 'stopped' && status !== 'cancelled') return 'ended'
  // What its file does not start was never alive.
  return startedAt !== null && Date.parse(startedAt) >= startedMs ? 'stopped' : 'before'
}

const isFailure = ({ status }: ProcessView): boolean => status !== 'done'

/** The code of a program that ended well by itself is no code for a failure: a timeout, a limit. */
const codeOf = (view: ProcessView): number => shellCode(view) || (isFailure(view) ? 1 : 0)

const endOf = ({ endedAt, since }: ProcessView): number => Date.parse(endedAt ?? since)

function wordsOf(view: ProcessView): string {
  if (view.status === 'retrying') return `${view.name} crashes again and again (${view.reason ?? 'it fails'})`
  return `${view.name} has ended: ${view.reason ?? view.status}`
}

/**
 * `startedMs`: when this life of the container began. `complete`: all of the file has been started, so that "the last one" means
 * something. null = nothing that counts has ended.
 */
export function verdictOf(
  rule: ExitRule | undefined,
  members: readonly Member[],
  { startedMs, complete }: { startedMs: number; complete: boolean },
): Verdict | null {
  if (rule === 'never') return null
  const fates = members.map((member) => ({ ...member, fate: fateOf(member.view, startedMs) }))
  const ended = fates.filter(({ fate }) => fate === 'ended').sort((a, b) => endOf(a.view) - endOf(b.view))
  const ending = (view: ProcessView): Verdict => ({ name: view.name, code: codeOf(view), why: wordsOf(view) })
  const first = ended.find(({ view, critical }) => {
    return rule === 'any' || (rule === 'failure' && isFailure(view)) || (rule === undefined && critical)
  })
  if (first !== undefined) return ending(first.view)
  if (!complete || fates.some(({ fate }) => fate === 'alive')) return null
  if (fates.some(({ fate }) => fate === 'stopped')) return null
  const last = ended.at(-1)
  if (last !== undefined) return { ...ending(last.view), why: `${wordsOf(last.view)}, the last one` }
  return { name: null, code: 0, why: 'nothing is left to run: all has ended before' }
}
