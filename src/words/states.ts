/** The states a process is shown in: one word, mark and hue for commands, the terminal view and the page. JSON keeps the statuses of the protocol. */
import { STATUS_CLAUSES, type Status } from '../protocol/names.ts'
import type { ProcessView } from '../protocol/view.ts'

/** What a colour says: runs, ended well, in transition, needs you, held by somebody, has yet to begin, is off, cut short. */
export type Hue = 'run' | 'done' | 'move' | 'bad' | 'held' | 'idle' | 'off' | 'lost'

interface Shown {
  word: string
  /** After a name: `api has failed`. */
  clause: string
  hue: Hue
  mark: string
  /** The mark where the terminal has ASCII alone. */
  ascii: string
}

const shown = (word: string, clause: string, hue: Hue, marks: string): Shown => ({
  word,
  clause,
  hue,
  mark: marks[0]!,
  ascii: marks[1]!,
})

const clause = STATUS_CLAUSES

/** Worst first: what needs somebody, what changes, what lasts, what is over. */
export const STATES = {
  'crash loop': shown('crash loop', 'is in a crash loop', 'bad', '↻@'),
  unhealthy: shown('unhealthy', 'is unhealthy', 'bad', '▲!'),
  failed: shown('failed', clause.failed, 'bad', '✗x'),
  timeout: shown('timed out', clause.timeout, 'bad', '◷T'),
  interrupted: shown('interrupted', clause.interrupted, 'lost', '↯~'),
  retrying: shown('retrying', clause.retrying, 'move', '↺r'),
  starting: shown('starting', clause.starting, 'move', '◐>'),
  completing: shown('stopping', clause.completing, 'move', '◐>'),
  paused: shown('paused', clause.paused, 'held', '‖='),
  pending: shown('waiting', clause.pending, 'idle', '○.'),
  running: shown('running', clause.running, 'run', '●*'),
  done: shown('done', clause.done, 'done', '✓+'),
  stopped: shown('stopped', clause.stopped, 'off', '□-'),
  cancelled: shown('cancelled', clause.cancelled, 'off', '⊘/'),
} as const satisfies Record<Status | 'unhealthy' | 'crash loop', Shown>

export type State = keyof typeof STATES

/** What of a view its state follows from. */
export type Condition = Pick<ProcessView, 'status' | 'health' | 'crashLoop'>

export function stateOf({ status, health, crashLoop }: Condition): State {
  if (crashLoop) return 'crash loop'
  return status === 'running' && health === 'unhealthy' ? 'unhealthy' : status
}

const RANKS = new Map(Object.keys(STATES).map((state, rank) => [state, rank]))

/** 0 for the worst. */
export const severity = (view: Condition): number => RANKS.get(stateOf(view))!

/** What it is until somebody acts or marks it as seen. */
export const needsSomebody = (view: Condition): boolean => severity(view) <= RANKS.get('interrupted')!

/** The word for a status of the protocol, such as that of an earlier run; itself where a newer daemon has another. */
export const statusWord = (status: string): string => (STATES as Record<string, Shown>)[status]?.word ?? status

/** Words that `--status` takes beside the protocol's. */
export const STATUS_WORDS: Readonly<Record<string, Status>> = {
  waiting: 'pending',
  restarting: 'retrying',
  stopping: 'completing',
  'timed-out': 'timeout',
}
