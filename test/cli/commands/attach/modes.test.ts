import { expect, test } from 'vitest'
import { Modes } from '../../../../src/cli/commands/attach/modes.ts'

function after(...pieces: string[]): { on: string; off: string } {
  const modes = new Modes()
  for (const piece of pieces) modes.read(Buffer.from(piece))
  return { on: modes.on, off: modes.off }
}
const END = '\x1b[0m\x1b>'

test('what a program has set and not undone is undone, and set on another terminal', () => {
  expect(after('hello\r\n')).toEqual({ on: '', off: END })
  expect(after('\x1b[?1049h\x1b[?25l')).toEqual({ on: '\x1b[?1049h\x1b[?25l', off: `\x1b[?1049l\x1b[?25h${END}` })
  expect(after('\x1b[?1000;1006h', 'text', '\x1b[?1000l')).toEqual({ on: '\x1b[?1006h', off: `\x1b[?1006l${END}` })
  expect(after('\x1b[?1049h', 'x', '\x1b[?1049l\x1b[?25l\x1b[?25h')).toEqual({ on: '', off: END })
})

test('however it is cut into pieces', () => {
  const text = 'a\x1b[?1049hb\x1b[?25lc\x1b[?2004hd\x1b[?2004le'
  const whole = after(text)
  for (let at = 0; at <= text.length; at++) expect(after(text.slice(0, at), text.slice(at))).toEqual(whole)
  expect(after(...text)).toEqual(whole)
})
