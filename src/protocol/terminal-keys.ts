/** Keys of a terminal by their names, as bytes. */
import { PtrackError } from './errors.ts'

const DETACH_KEYS = 'ctrl-\\'

const NAMED: Readonly<Record<string, string>> = {
  enter: '\r',
  tab: '\t',
  esc: '\x1b',
  escape: '\x1b',
  space: ' ',
  backspace: '\x7f',
  delete: '\x1b[3~',
  insert: '\x1b[2~',
  up: '\x1b[A',
  down: '\x1b[B',
  right: '\x1b[C',
  left: '\x1b[D',
  home: '\x1b[H',
  end: '\x1b[F',
  pageup: '\x1b[5~',
  pagedown: '\x1b[6~',
}
const CONTROL = /^(?:ctrl-|c-|\^)([a-z@[\\\]^_])$/i

/** What a terminal sends for this key: ctrl-c, enter, up, or a character; null = there is none of this name. */
function keyBytes(name: string): string | null {
  const control = CONTROL.exec(name)?.[1]
  if (control !== undefined) return String.fromCharCode(control.toUpperCase().charCodeAt(0) & 0x1f)
  if (Object.hasOwn(NAMED, name.toLowerCase())) return NAMED[name.toLowerCase()]!
  return [...name].length === 1 ? name : null
}

export function key(text: string, option = '--key'): string {
  const bytes = keyBytes(text)
  if (bytes === null)
    throw new PtrackError('USAGE', `cannot read ${option} ${text}: there is no such key`, {
      hint: `keys are ctrl-c, ${Object.keys(NAMED).join(', ')}, or one character`,
    })
  return bytes
}

/** `ctrl-p,ctrl-q`: what is typed in a row to leave. */
export const detachKeys = (text = DETACH_KEYS): number[] => [
  ...Buffer.from(
    text
      .split(',')
      .map((each) => key(each, '--detach-keys'))
      .join(''),
  ),
]
