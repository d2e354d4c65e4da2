/** Colours and signs of the view: sixteen colours, none with NO_COLOR, ASCII where the locale has no more. */
import { type Hue, STATES, type State } from '../words/states.ts'
import type { ColorDepth } from './colors.ts'

export type Paint = (text: string) => string

/** One column each. */
interface Signs {
  /** Eight heights, lowest first. */
  heights: readonly string[]
  full: string
  empty: string
  /** Of a bar of unknown length: drawn in turn with `full`. */
  half: string
  horizontal: string
  vertical: string
  corners: readonly [topLeft: string, topRight: string, bottomLeft: string, bottomRight: string]
  ellipsis: string
  pointer: string
  /** Before a row that is selected, marked, or both. */
  selected: string
  marked: string
  both: string
  folded: string
  unfolded: string
  /** A run that ended well, failed, was cancelled, runs now. */
  well: string
  failed: string
  dropped: string
  live: string
  /** A service that runs; a wait; what is expected. */
  thread: string
  wait: string
  expected: string
  times: string
  dot: string
}

export interface Theme extends Signs {
  /** For programs' output; the view itself uses sixteen colours. */
  depth: ColorDepth
  unicode: boolean
  bold: Paint
  dim: Paint
  /** Works on a terminal without colours too. */
  inverse: Paint
  /** The selected row: a dark ground where there are 256 colours, which reads on light terminals as well, else inverse. */
  chosen: Paint
  bad: Paint
  good: Paint
  busy: Paint
  title: Paint
  /** What can be done, and where the focus is: never a status. */
  accent: Paint
  figure: Paint
  hue(hue: Hue): Paint
  mark(state: State): string
}

/** Reopens the paint after each reset in a program's own text. */
const sgr =
  (code: string, on: boolean): Paint =>
  (text) =>
    on && text !== '' ? `\x1b[${code}m${text.replaceAll('\x1b[0m', `\x1b[0;${code}m`)}\x1b[0m` : text

const UNICODE: Signs = {
  heights: [...'▁▂▃▄▅▆▇█'],
  full: '█',
  empty: '░',
  half: '▒',
  horizontal: '─',
  vertical: '│',
  corners: ['╭', '╮', '╰', '╯'],
  ellipsis: '…',
  pointer: '▸',
  selected: '▌',
  marked: '▪',
  both: '█',
  folded: '▸',
  unfolded: '▾',
  well: '▀',
  failed: '▄',
  dropped: '╌',
  live: '▪',
  thread: '━',
  wait: '┄',
  expected: '╌',
  times: '×',
  dot: '·',
}

const ASCII: Signs = {
  heights: [...'_.,-=+*#'],
  full: '#',
  empty: '-',
  half: '%',
  horizontal: '-',
  vertical: '|',
  corners: ['+', '+', '+', '+'],
  ellipsis: '~',
  pointer: '>',
  selected: '|',
  marked: '+',
  both: '#',
  folded: '>',
  unfolded: 'v',
  well: '^',
  failed: 'v',
  dropped: '-',
  live: '*',
  thread: '*',
  wait: '.',
  expected: '-',
  times: 'x',
  dot: '.',
}

export function createTheme(depth: ColorDepth, unicode: boolean): Theme {
  const color = depth > 0
  // Reads on dark and light grounds.
  const slate = sgr(depth === 8 ? '38;5;67' : '36', color)
  const hues: Record<Hue, Paint> = {
    run: sgr('32', color),
    done: sgr('2;32', color),
    move: sgr('33', color),
    bad: sgr('31', color),
    held: slate,
    idle: sgr('2', color),
    off: sgr('2', color),
    lost: sgr('35', color),
  }
  const inverse = sgr('7', true)
  return {
    ...(unicode ? UNICODE : ASCII),
    depth,
    unicode,
    bold: sgr('1', true),
    dim: sgr('2', color),
    inverse,
    chosen: depth === 8 ? sgr('38;5;255;48;5;238', true) : (text) => inverse(text.replaceAll(/\x1b\[[0-9;]*m/g, '')),
    bad: sgr('1;31', color),
    good: hues.run,
    busy: hues.move,
    title: sgr('1', true),
    accent: sgr('94', color),
    figure: slate,
    hue: (hue) => hues[hue],
    mark: (state) => (unicode ? STATES[state].mark : STATES[state].ascii),
  }
}

/** Of what is known from before alone: ink, and forms as they were. */
export const faded = (theme: Theme): Theme => ({
  ...theme,
  hue: () => theme.dim,
  bad: theme.bold,
  good: theme.dim,
  busy: theme.dim,
  figure: theme.dim,
})

/** What the locale says about the terminal, read like the C library does. */
export function knowsUnicode(env: Record<string, string | undefined>): boolean {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || ''
  return /utf-?8/i.test(locale)
}
