/** The terminal's colours, and a program's own colours (SGR, ECMA-48 8.3.117) as far as it can show them. */

/** Bits: none, the first sixteen, or at least the 256 of xterm. */
export type ColorDepth = 0 | 4 | 8

/** ssh passes on TERM alone, so terminals known to have more colours are recognized by it too. */
export const depthOf = ({ COLORTERM = '', TERM = '' }: Record<string, string | undefined>): 4 | 8 =>
  /^(?:truecolor|24bit)$/i.test(COLORTERM) || /256col|-direct|truecolor|kitty|alacritty|ghostty|wezterm|^foot/.test(TERM) ? 8 : 4

/** Colours, weight, slant, lines and inversion. Not blinking (5, 6), nor hidden text (8). */
const isShown = (code: number): boolean =>
  code <= 4 ||
  [7, 9, 27, 29, 39, 49].includes(code) ||
  (code >= 21 && code <= 24) ||
  (code >= 30 && code <= 37) ||
  (code >= 40 && code <= 47) ||
  (code >= 90 && code <= 97) ||
  (code >= 100 && code <= 107)

/** `38;5;N`, `38;2;R;G;B`, or either with colons, where a colour space may precede the red. */
const COLOR = /^[34]8(?:;5;\d+|;2;\d+;\d+;\d+|:5:\d+|:2:(?:\d*:)?\d+:\d+:\d+)$/
/** Numbers after 38, 48 or 58 (colour of an underline), by the first of them. */
const NUMBERS: Readonly<Record<string, number>> = { 5: 2, 2: 4 }

/** The universally understood form, without the colour space. */
function withSemicolons(color: string): string {
  const [target, kind, ...numbers] = color.split(/[;:]/)
  return [target, kind, ...numbers.slice(kind === '2' ? -3 : -1)].join(';')
}

/** One SGR sequence for this terminal; '' when nothing of it is left. Below 256 colours larger palettes are dropped. */
export function fitColors(sequence: string, depth: 4 | 8): string {
  const parts = (sequence.slice(2, -1) || '0').split(';')
  const kept: string[] = []
  for (let at = 0; at < parts.length; at++) {
    const part = parts[at]!
    if ([38, 48, 58].includes(Number.parseInt(part, 10))) {
      const color = parts.slice(at, at + 1 + (part.includes(':') ? 0 : (NUMBERS[parts[at + 1]!] ?? 1))).join(';')
      at += color.split(';').length - 1
      if (depth === 8 && COLOR.test(color)) kept.push(withSemicolons(color))
    } else if (!part.includes(':') && isShown(Number(part))) kept.push(String(Number(part)))
  }
  return kept.length === 0 ? '' : `\x1b[${kept.join(';')}m`
}
