/** Names of what is drawn by icons.svg, which the build puts into the page once. */
import type { State } from '../words/states.ts'

export const ICONS = [
  'logo',
  'overview',
  'list',
  'timeline',
  'logs',
  'orphan',
  'search',
  'bell',
  'user',
  'down',
  'right',
  'more',
  'play',
  'stop',
  'restart',
  'pause',
  'x',
  'check',
  'filter',
  'columns',
  'open',
  'copy',
  'edit',
  'eye',
  'trash',
  'out',
  'node',
  'clock',
  'info',
] as const
export type IconName = (typeof ICONS)[number]

/** Each state has a form of its own: colour only makes it quicker. */
export const MARKS: Readonly<Record<State, string>> = {
  'crash loop': 'loop',
  unhealthy: 'sick',
  failed: 'fail',
  timeout: 'time',
  interrupted: 'lost',
  retrying: 'retry',
  starting: 'start',
  completing: 'end',
  paused: 'pause',
  pending: 'wait',
  running: 'run',
  done: 'done',
  stopped: 'stop',
  cancelled: 'cancel',
}
