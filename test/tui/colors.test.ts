import fc from 'fast-check'
import { expect, test } from 'vitest'
import { depthOf, fitColors } from '../../src/tui/colors.ts'

test.each([
  [{ TERM: 'xterm', COLORTERM: 'truecolor' }, 24],
  [{ TERM: 'screen', COLORTERM: '24bit' }, 24],
  // Over ssh COLORTERM stays behind.
  [{ TERM: 'xterm-kitty' }, 24],
  [{ TERM: 'xterm-direct' }, 24],
  [{ TERM: 'xterm-256color' }, 8],
  [{ TERM: 'tmux-256color', COLORTERM: '' }, 8],
  [{ TERM: 'linux' }, 4],
  [{ TERM: 'vt100' }, 4],
  [{}, 4],
] as const)('%j: %d bits', (env, bits) => {
  expect(depthOf(env)).toBe(bits)
})

test.each([
  ['sixteen colours everywhere', '1;31;102', '1;31;102', '1;31;102', '1;31;102'],
  ['a reset without a number', '', '0', '0', '0'],
  ['256', '38;5;208', '38;5;208', '38;5;208', '33'],
  ['the first sixteen of the 256', '38;5;9;48;5;4', '38;5;9;48;5;4', '38;5;9;48;5;4', '91;44'],
  ['24 bits', '38;2;255;135;0', '38;2;255;135;0', '38;5;208', '33'],
  ['24 bits between other codes', '1;48;2;0;0;240;4', '1;48;2;0;0;240;4', '1;48;5;21;4', '1;44;4'],
  ['greys', '38;2;128;128;128', '38;2;128;128;128', '38;5;244', '90'],
  ['black and white', '38;2;0;0;0;48;2;255;255;255', '38;2;0;0;0;48;2;255;255;255', '38;5;16;48;5;231', '30;107'],
  ['with colons and a colour space', '38:2::255:135:0', '38;2;255;135;0', '38;5;208', '33'],
  ['with colons and none', '48:2:255:135:0', '48;2;255;135;0', '48;5;208', '43'],
  ['256 with colons', '38:5:208;1', '38;5;208;1', '38;5;208;1', '33;1'],
  ['the colour of an underline goes, the underline stays', '4:3;58;5;1;4:0', '4;24', '4;24', '4;24'],
])('%s', (_what, given, full, many, few) => {
  expect([24, 8, 4].map((depth) => fitColors(`\x1b[${given}m`, depth as 24))).toEqual(
    [full, many, few].map((codes) => `\x1b[${codes}m`),
  )
})

test.each(['38', '38;5', '38;2;1;2', '38;5;256', '38;2;1;2;300', '38:9:1', '38;2;;'])('%s is no colour', (given) => {
  expect(fitColors(`\x1b[${given}m`, 24)).toBe('')
})

test('what blinks, hides or frames a line goes, what stands beside it stays', () => {
  for (const code of [5, 6, 8, 10, 25, 28, 51, 99, 108, 255]) {
    expect(fitColors(`\x1b[${code}m`, 24)).toBe('')
    expect(fitColors(`\x1b[1;${code};31m`, 24)).toBe('\x1b[1;31m')
  }
})

test('whatever stands in it, a terminal of sixteen colours gets codes of one number each', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[0-9;:]{0,60}$/), (given) =>
      /^(?:\x1b\[(?:\d+;)*\d+m)?$/.test(fitColors(`\x1b[${given}m`, 4)),
    ),
  )
})
