/** Whether what has ended ends the session, and with which code. Pure. */
import { isEnded, STATUS_CLAUSES } from '../../../protocol/names.ts'
import type { ProcessView } from '../../../protocol/view.ts'
import { shellCode } from '../../output/shell-code.ts'
import type { ExitRule } from './options.ts'

export interface Rules {
  exitOn: ExitRule
  /** The end of this one ends all in any case, and its code is the code; as its file calls it. */
  codeFrom: string | null
  /** Also an end that is followed by a restart counts. */
  foreman: boolean
}

/** Of a view, what decides. */
export type Facts = Pick<
  ProcessView,
  'kind' | 'status' | 'nextRunAt' | 'wanted' | 'reason' | 'exitCode' | 'signal' | 'error' | 'pid' | 'endedAt' | 'since'
>

/** Of a process that could not even be defined. */
export const REFUSED: Facts = {
  kind: 'service',
  status: 'failed',
  nextRunAt: null,
  wanted: 'up',
  reason: null,
  exitCode: null,
  signal: null,
  error: null,
  pid: null,
  endedAt: null,
  since: new Date(0).toISOString(),
}

export interface Member {
  /** As its file calls it. */
  name: string
  view: Facts
  /** It had ended before, and was not started since. */
  before: boolean
  /** A good end of it counts as much as a failure. */
  critical: boolean
  /** After a failure a changed file runs it again. */
  watched: boolean
  /** It waits for what will not come. */
  blocked: boolean
}

export interface Verdict {
  /** null: nothing is left to run. */
  name: string | null
  code: number
  why: string
  /** A person has stopped what was left, perhaps to start it again at once. */
  stopped: boolean
}

type Fate = 'alive' | 'ended' | 'stopped' | 'before'

function fateOf({ view, before, watched, blocked }: Member, foreman: boolean): Fate {
  const { kind, status, nextRunAt, wanted } = view
  if (kind === 'external') return 'before'
  if (status === 'retrying') return foreman ? 'ended' : 'alive'
  if (blocked && status === 'pending') return 'ended'
  if (!isEnded(status) || nextRunAt !== null) return 'alive'
  if (before) return 'before'
  if (status === 'stopped' || status === 'cancelled') return 'stopped'
  return watched && !foreman && status !== 'done' && wanted === 'up' ? 'alive' : 'ended'
}

/** Of a program that did well, whatever its code: some codes besides 0 are good. */
const codeOf = (view: Facts): number => (view.status === 'done' ? 0 : shellCode(view) || 1)

const endOf = ({ endedAt, since }: Facts): number => Date.parse(endedAt ?? since)

function wordsOf({ name, view }: Member): string {
  const { status, reason } = view
  if (status === 'done') return `${name} is done`
  if (status === 'pending') return `${name} cannot start${reason === null ? '' : ` (${reason})`}`
  const why = reason?.replace(/^cannot start \S+: /, '').replace(/;.*$/s, '')
  return `${name} ${status === 'retrying' ? 'has ended' : STATUS_CLAUSES[status]}${why === undefined ? '' : ` (${why})`}`
}

/** `complete`: all of the file has been started. null = it continues. */
export function verdictOf(rules: Rules, members: readonly Member[], complete: boolean): Verdict | null {
  const { exitOn, codeFrom, foreman } = rules
  const fates = members.map((member) => ({ member, fate: fateOf(member, foreman) }))
  const ended = fates
    .filter(({ fate }) => fate === 'ended')
    .map(({ member }) => member)
    .sort((a, b) => endOf(a.view) - endOf(b.view))
  const named = codeFrom === null ? [] : ended.filter(({ name }) => name === codeFrom || name.replace(/:\d+$/, '') === codeFrom)
  const namedCode = named.map(({ view }) => codeOf(view)).find((code) => code !== 0) ?? (named.length > 0 ? 0 : null)
  const ending = (member: Member): Verdict => {
    return { name: member.name, code: namedCode ?? codeOf(member.view), why: wordsOf(member), stopped: false }
  }
  if (named.length > 0) return ending(named[0]!)
  if (exitOn === 'never') return null
  const isBad = ({ view }: Member): boolean => view.status !== 'done'
  const first = ended.find((member) => {
    return exitOn === 'any' || foreman || (exitOn === 'failure' && (member.critical || isBad(member)))
  })
  if (first !== undefined) return ending(first)
  if (!complete || fates.some(({ fate }) => fate === 'alive')) return null
  const worst = ended.find(isBad)
  if (worst !== undefined) return { ...ending(worst), why: `all have ended, ${wordsOf(worst)}` }
  const stopped = fates.some(({ fate }) => fate === 'stopped')
  return { name: null, code: 0, why: stopped ? 'nothing runs any more' : 'all have ended', stopped }
}
