import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cut, logText, plain, toWidth, widthOf } from '../../src/tui/text.ts'
import { createTheme } from '../../src/tui/theme.ts'
import { anyCharacter } from '../support/any-character.ts'
import { runs } from '../support/effort.ts'

const SGR = /\x1b\[[0-9;:]*m/g
/** Nothing that steers: C0, C1 and DEL, and what turns the direction of text. */
const STEERS = /[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/

test.each([
  ['colours stay', '\x1b[1;31mred\x1b[0m', '\x1b[1;31mred\x1b[0m\x1b[0m'],
  ['256 and true colours stay', '\x1b[38;5;9ma\x1b[38:2::1:2:3mb', '\x1b[38;5;9ma\x1b[38;2;1;2;3mb\x1b[0m'],
  ['the cursor stays where it is', 'a\x1b[2J\x1b[H\x1b[10;10Hb', 'ab'],
  ['modes stay', '\x1b[?1049l\x1b[?25h\x1b[?1000hx', 'x'],
  ['a title is none', '\x1b]0;owned\x07x', 'x'],
  ['a title ended by ST', '\x1b]2;owned\x1b\\x', 'x'],
  ['a link loses its address', '\x1b]8;;http://x\x1b\\text\x1b]8;;\x1b\\', 'text'],
  ['the clipboard', '\x1b]52;c;aGk=\x07x', 'x'],
  ['a sequence that never ends', 'x\x1b]0;for ever', 'x'],
  ['device control', '\x1bP$q"p\x1b\\x', 'x'],
  ['reset and character sets', '\x1bcx\x1b(0y', 'xy'],
  ['eight-bit sequences', '\x9b2Jx\x9d0;t\x9cy', 'xy'],
  ['a query that the terminal would answer', '\x1b[6n\x1b[c\x1b[>cx', 'x'],
  ['a private sequence that ends in m', '\x1b[?1m\x1b[>4;2mx', 'x'],
  ['a progress bar shows its last state', '10%\r20%\r30%', '30%'],
  ['a Windows line end is none', 'line\r', 'line'],
  ['tabs go to their stops', 'a\tb', 'a       b'],
  ['bell, backspace and null', 'a\x07\x08\x00b', 'ab'],
  ['the direction of text', 'a\u202eb', 'ab'],
])('a log line: %s', (_what, text, shown) => {
  expect(logText(text, 8)).toBe(shown)
})

test('without colours nothing of a sequence is left', () => {
  expect(logText('\x1b[31mred\x1b[0m', 0)).toBe('red')
})

test.each([
  ['evil\x1b[2J\x1b]0;x\x07name', 'evilname'],
  ['two\nlines\r\nand more', 'two lines and more'],
  ['bell\x07', 'bell·'],
  ['turned\u202ename', 'turned·name'],
])('a name: %j', (text, shown) => {
  expect(plain(text)).toBe(shown)
})

const anyText = fc.oneof(
  fc.string({ unit: anyCharacter }),
  fc.string({ unit: 'grapheme' }),
  fc
    .array(
      fc.oneof(
        fc.constantFrom('\x1b[', '\x1b]', '\x1b', '\x9b', '31m', '0;1m', '2J', '漢字', '👩‍👩‍👧', '\t', '\r', 'é', '\ud800'),
        fc.string(),
      ),
    )
    .map((parts) => parts.join('')),
)

test('whatever a program prints, only colours come through', () => {
  fc.assert(
    fc.property(anyText, (text) => !STEERS.test(logText(text, 8).replace(SGR, ''))),
    { numRuns: runs(1000) },
  )
  fc.assert(
    fc.property(anyText, (text) => !STEERS.test(plain(text))),
    { numRuns: runs(1000) },
  )
})

test('a text put into a width has exactly this width', () => {
  fc.assert(
    fc.property(anyText, fc.integer({ min: 0, max: 40 }), (text, width) => {
      for (const one of [plain(text), logText(text, 8)]) {
        expect(widthOf(toWidth(one, width))).toBe(width)
        expect(widthOf(cut(one, width))).toBeLessThanOrEqual(width)
      }
    }),
    { numRuns: runs(1000) },
  )
})

test('a paint is opened again behind what ends the colours inside of it', () => {
  const theme = createTheme(8, true)
  expect(theme.inverse(`a${theme.good('b')}c`)).toBe('\x1b[7ma\x1b[32mb\x1b[0;7mc\x1b[0m')
  expect(createTheme(0, true).good('b')).toBe('b')
})
