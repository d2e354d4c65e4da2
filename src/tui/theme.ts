/** Colours and signs of the view: sixteen colours, none with NO_COLOR, ASCII where the locale has no more. */
import type { Hue } from '../words/states.ts'
import type { ColorDepth } from './colors.ts'

export type Paint = (text: string) => string

export interface Theme {
  /** For programs' output; the view itself uses sixteen colours. */
  depth: ColorDepth
  unicode: boolean
  bold: Paint
  dim: Paint
  /** Selected; works on a terminal without colours too. */
  inverse: Paint
  bad: Paint
  good: Paint
  busy: Paint
  title: Paint
  figure: Paint
  hue(hue: Hue): Paint
  /** Eight heights, lowest first. */
  heights: readonly string[]
  full: string
  empty: string
  horizontal: string
  vertical: string
  ellipsis: string
  pointer: string
}

/** Reopens the paint after each reset in a program's own text. */
const sgr =
  (code: string, on: boolean): Paint =>
  (text) =>
    on && text !== '' ? `\x1b[${code}m${text.replaceAll('\x1b[0m', `\x1b[0;${code}m`)}\x1b[0m` : text

export function createTheme(depth: ColorDepth, unicode: boolean): Theme {
  const color = depth > 0
  const hues: Record<Hue, Paint> = {
    run: sgr('32', color),
    done: sgr('32', color),
    move: sgr('33', color),
    bad: sgr('31', color),
    held: sgr('34', color),
    idle: sgr('2', color),
    off: sgr('2', color),
    lost: sgr('35', color),
  }
  return {
    depth,
    unicode,
    bold: sgr('1', true),
    dim: sgr('2', color),
    inverse: sgr('7', true),
    bad: sgr('1;31', color),
    good: hues.run,
    busy: hues.move,
    title: sgr('1;36', color),
    figure: sgr('36', color),
    hue: (hue) => hues[hue],
    heights: unicode ? [...'▁▂▃▄▅▆▇█'] : [...'_.,-=+*#'],
    full: unicode ? '█' : '#',
    empty: unicode ? '░' : '-',
    horizontal: unicode ? '─' : '-',
    vertical: unicode ? '│' : '|',
    ellipsis: unicode ? '…' : '~',
    pointer: unicode ? '▸' : '>',
  }
}

/** What the locale says about the terminal, read like the C library does. */
export function knowsUnicode(env: Record<string, string | undefined>): boolean {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || ''
  return /utf-?8/i.test(locale)
}
