/** What a key is bound to. */
export type Place = 'list' | 'details' | 'logs' | 'timeline' | 'orphans' | 'fleet' | 'help'
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
  | 'fleet'
  | 'visit'
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
  /** In the help of a small terminal; without it only the long one has the key. */
  brief?: string
  places: readonly Bound[]
  chapter: (typeof CHAPTERS)[number]
}
