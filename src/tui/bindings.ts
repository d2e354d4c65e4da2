/** The keys: one table for help, footer, dispatch and docs/watch.md. */
export type Place = 'list' | 'details' | 'orphans' | 'help' | 'confirm'

export const ACTIONS = ['start', 'stop', 'restart', 'pause', 'resume', 'cancel'] as const
export type ActionVerb = (typeof ACTIONS)[number]

export type Command =
  | ActionVerb
  | 'up'
  | 'down'
  | 'page-up'
  | 'page-down'
  | 'first'
  | 'last'
  | 'focus'
  | 'details'
  | 'back'
  | 'filter'
  | 'sort'
  | 'all'
  | 'log'
  | 'search'
  | 'next'
  | 'previous'
  | 'wrap'
  | 'hold'
  | 'orphans'
  | 'kill'
  | 'kill-all'
  | 'yes'
  | 'no'
  | 'help'
  | 'redraw'
  | 'suspend'
  | 'quit'

export interface Binding {
  command: Command
  keys: readonly string[]
  help: string
  /** A word beside the key in the footer; without it the footer omits the key. */
  short?: string
  places: readonly Place[]
}

const LIST: readonly Place[] = ['list']
const PROCESS: readonly Place[] = ['list', 'details']
const SCROLLED: readonly Place[] = ['list', 'details', 'orphans', 'help']
const EVERYWHERE: readonly Place[] = ['list', 'details', 'orphans', 'help', 'confirm']

export const BINDINGS: readonly Binding[] = [
  { command: 'up', keys: ['up', 'k'], help: 'up: the selection, or the log when it has the focus', places: SCROLLED },
  { command: 'down', keys: ['down', 'j'], help: 'down', places: SCROLLED },
  { command: 'page-up', keys: ['pageup', 'ctrl-b'], help: 'a page up', places: SCROLLED },
  { command: 'page-down', keys: ['pagedown', 'ctrl-f'], help: 'a page down', places: SCROLLED },
  { command: 'first', keys: ['home', 'g'], help: 'to the first', places: SCROLLED },
  { command: 'last', keys: ['end', 'G'], help: 'to the last; in the log: follow it again', places: SCROLLED },
  { command: 'details', keys: ['enter', 'd'], help: 'details: facts, steps, runs, why', short: 'details', places: LIST },
  { command: 'start', keys: ['s'], help: 'start', short: 'start', places: PROCESS },
  { command: 'stop', keys: ['x'], help: 'stop (asks)', short: 'stop', places: PROCESS },
  { command: 'restart', keys: ['r'], help: 'restart (asks)', short: 'restart', places: PROCESS },
  {
    command: 'pause',
    keys: ['p'],
    help: 'pause, at the next checkpoint if the program has any',
    short: 'pause',
    places: PROCESS,
  },
  { command: 'resume', keys: ['u'], help: 'resume', short: 'resume', places: PROCESS },
  { command: 'cancel', keys: ['c'], help: 'cancel a job (asks)', short: 'cancel', places: PROCESS },
  {
    command: 'filter',
    keys: ['f'],
    help: 'show only what contains the words: name, type, status, tag, owner',
    short: 'filter',
    places: LIST,
  },
  {
    command: 'sort',
    keys: ['S'],
    help: 'sort by the next: name, cpu, memory, uptime, status, restarts',
    short: 'sort',
    places: LIST,
  },
  { command: 'search', keys: ['/'], help: 'search the log', short: 'search', places: LIST },
  { command: 'next', keys: ['n'], help: 'the next line that matches', places: LIST },
  { command: 'previous', keys: ['N'], help: 'the line before that matches', places: LIST },
  { command: 'focus', keys: ['tab', 'backtab'], help: 'from the list to the log and back', short: 'focus', places: LIST },
  { command: 'log', keys: ['l'], help: 'the log: beside the list, alone, or not at all', short: 'log', places: LIST },
  { command: 'wrap', keys: ['w'], help: 'wrap long lines of the log, or cut them', places: LIST },
  { command: 'hold', keys: ['space'], help: 'hold the log where it is, or follow it again', places: LIST },
  { command: 'all', keys: ['a'], help: 'show jobs that ended more than an hour ago too', places: LIST },
  { command: 'orphans', keys: ['o'], help: 'orphans: what processes left behind', short: 'orphans', places: LIST },
  { command: 'kill', keys: ['x', 'enter'], help: 'orphans: end the selected one (asks)', short: 'kill', places: ['orphans'] },
  { command: 'kill-all', keys: ['X'], help: 'orphans: end all that are listed (asks)', short: 'kill all', places: ['orphans'] },
  { command: 'yes', keys: ['y', 'Y'], help: 'yes, when asked', short: 'yes', places: ['confirm'] },
  { command: 'no', keys: ['n', 'N', 'escape'], help: 'no, when asked', short: 'no', places: ['confirm'] },
  {
    command: 'back',
    keys: ['escape', 'left'],
    help: 'back; in the list: clear the filter and the search',
    short: 'back',
    places: SCROLLED,
  },
  { command: 'help', keys: ['?', 'f1'], help: 'these keys', short: 'help', places: ['list', 'details', 'orphans', 'help'] },
  { command: 'redraw', keys: ['ctrl-l'], help: 'draw everything anew', places: EVERYWHERE },
  { command: 'suspend', keys: ['ctrl-z'], help: 'suspend; `fg` comes back', places: EVERYWHERE },
  { command: 'quit', keys: ['q', 'Q', 'ctrl-c', 'ctrl-d'], help: 'leave', short: 'quit', places: EVERYWHERE },
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

export const commandOf = (key: string, place: Place): Command | null =>
  BINDINGS.find((binding) => binding.places.includes(place) && binding.keys.includes(key))?.command ?? null

/** The table of docs/watch.md. */
export function keysTable(): string {
  const rows = BINDINGS.map(({ keys, help }) => `| ${keys.map((key) => `\`${keyWords(key)}\``).join(' ')} | ${help} |`)
  return ['| keys | what they do |', '| --- | --- |', ...rows].join('\n')
}
