/** Colours, and when they are used. chalk costs about 1 ms of start-up in the bundle. */
import { Chalk } from 'chalk'
import type { ProcessView } from '../../protocol/view.ts'
import type { Hue } from '../../words/states.ts'
import { hueOf } from '../../words/status.ts'

export type Paint = (text: string) => string
export interface Style {
  bold: Paint
  dim: Paint
  red: Paint
  green: Paint
  yellow: Paint
  blue: Paint
  magenta: Paint
  cyan: Paint
}

export type ColorPreference = 'auto' | 'always' | 'never'

/** NO_COLOR and FORCE_COLOR override the preference, the preference the kind of stream. */
export function colorWanted(
  env: Record<string, string | undefined>,
  isTty: boolean,
  preference: ColorPreference = 'auto',
): boolean {
  if (env.NO_COLOR) return false
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false'
  if (preference !== 'auto') return preference === 'always'
  return isTty && env.TERM !== 'dumb'
}

/** Our own choice (preferences, NO_COLOR), not chalk's guess. 16 colours suit every terminal. */
export function createStyle(on: boolean): Style {
  return new Chalk({ level: on ? 1 : 0 })
}

export const HUES: Readonly<Record<Hue, keyof Style>> = {
  run: 'green',
  done: 'green',
  move: 'yellow',
  bad: 'red',
  held: 'blue',
  idle: 'dim',
  off: 'dim',
  lost: 'magenta',
}
export const statusPaint = (view: ProcessView, style: Style): Paint => style[HUES[hueOf(view)]]
