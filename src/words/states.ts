/** The states a process is shown in: one word, mark and hue for commands, the terminal view and the page. JSON keeps the statuses of the protocol. */
import type { Status } from '../protocol/names.ts'
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

/** Worst first: what needs somebody, what changes, what lasts, what is over. */
export const STATES = {
  'crash loop': shown('crash loop', 'is in a crash loop', 'bad', '↻@'),
  unhealthy: shown('unhealthy', 'is unhealthy', 'bad', '▲!'),
  failed: shown('failed', 'has failed', 'bad', '✗x'),
  timeout: shown('timed out', 'has timed out', 'bad', '◷T'),
  interrupted: shown('interrupted', 'was interrupted', 'lost', '↯~'),
  retrying: shown('retrying', 'is retrying', 'move', '↺r'),
  starting: shown('starting', 'is starting', 'move', '◐>'),
  completing: shown('stopping', 'is stopping', 'move', '◐>'),
  paused: shown('paused', 'is paused', 'held', '‖='),
  pending: shown('waiting', 'is waiting', 'idle', '○.'),
  running: shown('running', 'is running', 'run', '●*'),
  done: shown('done', 'is done', 'done', '✓+'),
  stopped: shown('stopped', 'is stopped', 'off', '□-'),
  cancelled: shown('cancelled', 'was cancelled', 'off', '⊘/'),
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
