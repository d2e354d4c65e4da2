/** The keys: one table for help, footer, dispatch and docs/watch.md. What a key can do now is decided in `applies.ts`. */
export type Place = 'list' | 'details' | 'logs' | 'timeline' | 'orphans' | 'help'
/** `log`: the list or the details, while their log has the focus. */
export type Bound = Place | 'log' | 'confirm'

export const ACTIONS = ['start', 'stop', 'restart', 'pause', 'resume', 'cancel'] as const
export type ActionVerb = (typeof ACTIONS)[number]

export type Command =
  | 'start'
  | 'end'
  | 'restart'
  | 'hold-run'
  | 'resume'
  | 'cancel'
  | 'seen'
  | 'up'
  | 'down'
  | 'page-up'
  | 'page-down'
  | 'first'
  | 'last'
  | 'focus'
  | 'open'
  | 'details'
  | 'next-process'
  | 'previous-process'
  | 'next-need'
  | 'back'
  | 'filter'
  | 'find'
  | 'sort'
  | 'reverse'
  | 'group'
  | 'fold'
  | 'mark'
  | 'all'
  | 'log'
  | 'logs'
  | 'next'
  | 'previous'
  | 'wrap'
  | 'times'
  | 'follow'
  | 'timeline'
  | 'longer'
  | 'shorter'
  | 'orphans'
  | 'kill'
  | 'kill-all'
  | 'yes'
  | 'no'
  | 'help'
  | 'redraw'
  | 'suspend'
  | 'quit'

export const CHAPTERS = ['Move', 'Find', 'Act', 'Look', 'Leave'] as const

export interface Binding {
  command: Command
  keys: readonly string[]
  help: string
  /** A word beside the key in the footer; without it the footer omits the key. */
  short?: string
  places: readonly Bound[]
  chapter: (typeof CHAPTERS)[number]
}

const LIST: readonly Place[] = ['list']
/** Where rows of processes are. */
const ROWS: readonly Place[] = ['list', 'timeline']
const PROCESS: readonly Place[] = ['list', 'details', 'timeline']
const LOGS: readonly Place[] = ['list', 'details', 'logs']
const SCROLLED: readonly Place[] = ['list', 'details', 'logs', 'timeline', 'orphans', 'help']
const EVERYWHERE: readonly Bound[] = [...SCROLLED, 'confirm']

/** In the order of the footer, where the first ones have room on any terminal. */
export const BINDINGS: readonly Binding[] = [
  {
    chapter: 'Look',
    command: 'open',
    keys: ['enter'],
    help: 'details of a process; fold or unfold a group',
    short: 'details',
    places: ROWS,
  },
  { chapter: 'Look', command: 'details', keys: ['d'], help: 'details', places: ROWS },
  { chapter: 'Act', command: 'start', keys: ['s'], help: 'start, run again', short: 'start', places: PROCESS },
  {
    chapter: 'Act',
    command: 'restart',
    keys: ['r'],
    help: 'restart (asks, unless it is down)',
    short: 'restart',
    places: PROCESS,
  },
  { chapter: 'Act', command: 'end', keys: ['x'], help: 'stop a service, cancel a job (asks)', short: 'stop', places: PROCESS },
  {
    chapter: 'Act',
    command: 'hold-run',
    keys: ['p'],
    help: 'pause, at the next checkpoint if the program has any; or resume',
    short: 'pause',
    places: PROCESS,
  },
  { chapter: 'Act', command: 'resume', keys: ['u'], help: 'resume', places: PROCESS },
  { chapter: 'Act', command: 'cancel', keys: ['c'], help: 'cancel a job (asks)', places: PROCESS },
  { chapter: 'Act', command: 'mark', keys: ['space'], help: 'mark: what follows acts on all that are marked', places: LIST },
  { chapter: 'Act', command: 'seen', keys: ['m'], help: 'mark what is wrong as seen', short: 'seen', places: PROCESS },
  {
    chapter: 'Move',
    command: 'up',
    keys: ['up', 'k'],
    help: 'up: the selection, or the log when it has the focus',
    places: SCROLLED,
  },
  { chapter: 'Move', command: 'down', keys: ['down', 'j'], help: 'down', places: SCROLLED },
  { chapter: 'Move', command: 'page-up', keys: ['pageup', 'ctrl-b'], help: 'a page up', places: SCROLLED },
  { chapter: 'Move', command: 'page-down', keys: ['pagedown', 'ctrl-f'], help: 'a page down', places: SCROLLED },
  { chapter: 'Move', command: 'first', keys: ['home', 'g'], help: 'to the first', places: SCROLLED },
  { chapter: 'Move', command: 'last', keys: ['end', 'G'], help: 'to the last; in the log: follow it again', places: SCROLLED },
  { chapter: 'Move', command: 'focus', keys: ['tab', 'backtab'], help: 'the next panel', places: ['list', 'details'] },
  {
    chapter: 'Move',
    command: 'next-need',
    keys: ['e'],
    help: 'the next process that needs you',
    short: 'needs you',
    places: PROCESS,
  },
  { chapter: 'Move', command: 'next-process', keys: [']'], help: 'details of the next process', places: ['details'] },
  { chapter: 'Move', command: 'previous-process', keys: ['['], help: 'details of the process before', places: ['details'] },
  {
    chapter: 'Look',
    command: 'log',
    keys: ['l'],
    help: 'the log: beside the list, alone, or not at all',
    short: 'log',
    places: ['list', 'details'],
  },
  {
    chapter: 'Look',
    command: 'logs',
    keys: ['L'],
    help: 'the logs of all that are marked, or of a group, in one',
    short: 'logs in one',
    places: PROCESS,
  },
  {
    chapter: 'Find',
    command: 'find',
    keys: ['/'],
    help: 'find: in the list only what contains the words (name, title, type, state, tag, owner) is shown; in the log, search',
    short: 'find',
    places: [...LOGS, 'timeline'],
  },
  { chapter: 'Find', command: 'filter', keys: ['f'], help: 'show only what contains the words', places: ROWS },
  { chapter: 'Find', command: 'next', keys: ['n'], help: 'the next line of the log that matches', short: 'next', places: LOGS },
  { chapter: 'Find', command: 'previous', keys: ['N'], help: 'the line before that matches', places: LOGS },
  {
    chapter: 'Find',
    command: 'sort',
    keys: ['S'],
    help: 'sort by the next: name, cpu, memory, uptime, status, restarts',
    short: 'sort',
    places: ROWS,
  },
  { chapter: 'Find', command: 'reverse', keys: ['R'], help: 'sort the other way round', places: ROWS },
  { chapter: 'Find', command: 'group', keys: ['b'], help: 'group by the next: project, owner, status, not at all', places: ROWS },
  {
    chapter: 'Find',
    command: 'fold',
    keys: ['z'],
    help: 'fold or unfold a group, or a set of instances',
    short: 'fold',
    places: ROWS,
  },
  { chapter: 'Find', command: 'all', keys: ['a'], help: 'show jobs that ended more than an hour ago too', places: ROWS },
  {
    chapter: 'Look',
    command: 'follow',
    keys: ['f', 'space'],
    help: 'in the log: hold it where it is, or follow it again',
    short: 'follow',
    places: ['logs', 'log'],
  },
  { chapter: 'Look', command: 'wrap', keys: ['w'], help: 'wrap long lines of the log, or cut them', short: 'wrap', places: LOGS },
  { chapter: 'Look', command: 'times', keys: ['T'], help: 'times in the log', short: 'times', places: LOGS },
  {
    chapter: 'Look',
    command: 'timeline',
    keys: ['t'],
    help: 'timeline: what happened when, and what is expected',
    short: 'timeline',
    places: LIST,
  },
  {
    chapter: 'Look',
    command: 'longer',
    keys: ['-'],
    help: 'more time: an hour, a day, a week',
    short: 'more time',
    places: ['timeline'],
  },
  { chapter: 'Look', command: 'shorter', keys: ['+', '='], help: 'less time', short: 'less', places: ['timeline'] },
  {
    chapter: 'Look',
    command: 'orphans',
    keys: ['o'],
    help: 'orphans: what processes left behind',
    short: 'orphans',
    places: LIST,
  },
  {
    chapter: 'Act',
    command: 'kill',
    keys: ['x', 'enter'],
    help: 'end the selected orphan (asks)',
    short: 'end it',
    places: ['orphans'],
  },
  {
    chapter: 'Act',
    command: 'kill-all',
    keys: ['X'],
    help: 'end all orphans that are listed (asks)',
    short: 'end all',
    places: ['orphans'],
  },
  { chapter: 'Act', command: 'yes', keys: ['y', 'Y'], help: 'yes, when asked', short: 'yes', places: ['confirm'] },
  { chapter: 'Act', command: 'no', keys: ['n', 'N', 'escape'], help: 'no, when asked', short: 'no', places: ['confirm'] },
  {
    chapter: 'Leave',
    command: 'back',
    keys: ['escape', 'left'],
    help: 'back; in the list: no marks, no filter, no search',
    short: 'back',
    places: SCROLLED,
  },
  { chapter: 'Leave', command: 'help', keys: ['?', 'f1'], help: 'the keys that apply now', short: 'keys', places: SCROLLED },
  { chapter: 'Leave', command: 'redraw', keys: ['ctrl-l'], help: 'draw everything anew', places: EVERYWHERE },
  { chapter: 'Leave', command: 'suspend', keys: ['ctrl-z'], help: 'suspend; `fg` comes back', places: EVERYWHERE },
  { chapter: 'Leave', command: 'quit', keys: ['q', 'Q', 'ctrl-c', 'ctrl-d'], help: 'leave', short: 'quit', places: EVERYWHERE },
]

const SHOWN: Readonly<Record<string, string>> = {
  pageup: 'PgUp',
  pagedown: 'PgDn',
  backtab: 'Shift-Tab',
  escape: 'Esc',
}
/** `ctrl-c` as people write it: `Ctrl-C`. */
export const keyWords = (key: string): string =>
  SHOWN[key] ??
  (key.startsWith('ctrl-') ? `Ctrl-${key.slice(5).toUpperCase()}` : key.length > 1 ? key[0]!.toUpperCase() + key.slice(1) : key)

const inPlace = (key: string, place: Bound): Command | null =>
  BINDINGS.find((binding) => binding.places.includes(place) && binding.keys.includes(key))?.command ?? null

/** With the focus in a log, its own keys come before those of the place. */
export const commandOf = (key: string, place: Bound, inLog = false): Command | null =>
  (inLog ? inPlace(key, 'log') : null) ?? inPlace(key, place)

/** The table of docs/watch.md. */
export function keysTable(): string {
  const rows = CHAPTERS.flatMap((chapter) =>
    BINDINGS.filter((binding) => binding.chapter === chapter).map(
      ({ keys, help }, index) =>
        `| ${index === 0 ? chapter : ''} | ${keys.map((key) => `\`${keyWords(key)}\``).join(' ')} | ${help} |`,
    ),
  )
  return ['| | keys | what they do |', '| --- | --- | --- |', ...rows].join('\n')
}
