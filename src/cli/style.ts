/** Colours as plain SGR codes: a colour library would cost more start-up time than the whole rest of `ls`. */
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

const CODES: Record<keyof Style, readonly [number, number]> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  magenta: [35, 39],
  cyan: [36, 39],
}

export type ColorPreference = 'auto' | 'always' | 'never'

/** NO_COLOR and FORCE_COLOR win over the preference, the preference over what the stream is. */
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

export function createStyle(on: boolean): Style {
  const paint = (key: keyof Style): Paint => {
    const [open, close] = CODES[key]
    return on ? (text) => (text === '' ? '' : `\x1b[${open}m${text}\x1b[${close}m`) : (text) => text
  }
  return {
    bold: paint('bold'),
    dim: paint('dim'),
    red: paint('red'),
    green: paint('green'),
    yellow: paint('yellow'),
    blue: paint('blue'),
    magenta: paint('magenta'),
    cyan: paint('cyan'),
  }
}
