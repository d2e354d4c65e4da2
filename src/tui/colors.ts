/** How many colours the terminal knows, and a program's own colours (SGR, ECMA-48 8.3.117; ISO 8613-6) as it can show them. */

/** Bits: none, the sixteen of old, the 256 of xterm, and 24 for each red, green and blue. */
export type ColorDepth = 0 | 4 | 8 | 24

/** What the terminal says of itself. ssh hands on TERM alone, so terminals that are known to have all are known by it too. */
export function depthOf({ COLORTERM = '', TERM = '' }: Record<string, string | undefined>): 4 | 8 | 24 {
  if (/^(?:truecolor|24bit)$/i.test(COLORTERM)) return 24
  if (/-direct|truecolor|kitty|alacritty|ghostty|wezterm|^foot/.test(TERM)) return 24
  return /256col/.test(TERM) ? 8 : 4
}

type Rgb = readonly [red: number, green: number, blue: number]

/** The sixteen as xterm has them; a theme of the user's own moves them, and they stay the nearest in meaning. */
const SIXTEEN: readonly Rgb[] = [
  [0, 0, 0],
  [205, 0, 0],
  [0, 205, 0],
  [205, 205, 0],
  [0, 0, 238],
  [205, 0, 205],
  [0, 205, 205],
  [229, 229, 229],
  [127, 127, 127],
  [255, 0, 0],
  [0, 255, 0],
  [255, 255, 0],
  [92, 92, 255],
  [255, 0, 255],
  [0, 255, 255],
  [255, 255, 255],
]
/** Brightness of the six steps of xterm's cube, 16 to 231. */
const STEPS = [0, 95, 135, 175, 215, 255] as const

function rgbOf(index: number): Rgb {
  if (index < 16) return SIXTEEN[index]!
  if (index >= 232) {
    const grey = 8 + (index - 232) * 10
    return [grey, grey, grey]
  }
  const at = index - 16
  return [STEPS[Math.floor(at / 36)]!, STEPS[Math.floor(at / 6) % 6]!, STEPS[at % 6]!]
}

const distance = (a: Rgb, b: Rgb): number => (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2

const closest = (candidates: readonly number[], color: Rgb): number =>
  candidates.reduce((best, index) => (distance(rgbOf(index), color) < distance(rgbOf(best), color) ? index : best))

/** Of the 256, in the cube or among the greys: the first sixteen are what the user made of them. */
function nearestOf256(color: Rgb): number {
  const [red, green, blue] = color.map((value) => (value < 48 ? 0 : value < 115 ? 1 : Math.floor((value - 35) / 40)))
  const grey = Math.round(((color[0] + color[1] + color[2]) / 3 - 8) / 10)
  return closest([16 + 36 * red! + 6 * green! + blue!, 232 + Math.min(23, Math.max(0, grey))], color)
}
const nearestOf16 = (color: Rgb): number => closest([...SIXTEEN.keys()], color)

/** Code of a foreground among the sixteen; a background's is ten more. */
const sixteenth = (index: number): number => (index < 8 ? 30 + index : 82 + index)

/** `color`: an index of the 256, or red, green and blue. The codes that set it as foreground (38) or background (48). */
function codesOf(target: 38 | 48, color: number | Rgb, depth: 4 | 8 | 24): number[] {
  if (typeof color !== 'number' && depth === 24) return [target, 2, ...color]
  if (depth >= 8) return [target, 5, typeof color === 'number' ? color : nearestOf256(color)]
  const sixteen = typeof color === 'number' && color < 16 ? color : nearestOf16(typeof color === 'number' ? rgbOf(color) : color)
  return [sixteenth(sixteen) + target - 38]
}

/** Colours, weight, slant, lines and inversion. Not blinking (5, 6), nor what would hide a line of a log (8). */
const isShown = (code: number): boolean =>
  code <= 4 ||
  [7, 9, 27, 29, 39, 49].includes(code) ||
  (code >= 21 && code <= 24) ||
  (code >= 30 && code <= 37) ||
  (code >= 40 && code <= 47) ||
  (code >= 90 && code <= 97) ||
  (code >= 100 && code <= 107)

const isByte = (value: number | undefined): value is number => value !== undefined && value <= 255

/** What behind 38, 48 or 58 names a colour, and how many of the numbers that takes. */
function colorAt(numbers: readonly number[], at: number): { color: number | Rgb | null; taken: number } {
  const [kind, a, b, c] = numbers.slice(at, at + 4)
  if (kind === 5) return { color: isByte(a) ? a : null, taken: 2 }
  if (kind === 2) return { color: isByte(a) && isByte(b) && isByte(c) ? [a, b, c] : null, taken: 4 }
  return { color: null, taken: 1 }
}

const ISO_RGB = 6
const NOT_UNDERLINED = 24

/** One SGR sequence as this terminal understands it; '' when nothing of it is left. */
export function fitColors(sequence: string, depth: 4 | 8 | 24): string {
  const given = sequence.slice(2, -1)
  const parts = (given === '' ? '0' : given).split(';').map((part) => part.split(':').map(Number))
  const codes: number[] = []
  for (let at = 0; at < parts.length; at++) {
    const part = parts[at]!
    const code = part[0]!
    if (code !== 38 && code !== 48 && code !== 58) {
      // `4:3` is a curly underline, `4:0` none at all; who knows no curls would take it for nothing, or for two codes.
      if (isShown(code)) codes.push(code === 4 && part[1] === 0 ? NOT_UNDERLINED : code)
      continue
    }
    let color: number | Rgb | null
    if (part.length > 1) {
      // `38:2::r:g:b` has a colour space between, `38:2:r:g:b` has none.
      color = colorAt(part.length >= ISO_RGB && part[1] === 2 ? [2, ...part.slice(3)] : part.slice(1), 0).color
    } else {
      const found = colorAt(
        parts.map(([first]) => first!),
        at + 1,
      )
      color = found.color
      at += found.taken
    }
    // 58 colours an underline, which few know.
    if (color !== null && code !== 58) codes.push(...codesOf(code, color, depth))
  }
  return codes.length === 0 ? '' : `\x1b[${codes.join(';')}m`
}
