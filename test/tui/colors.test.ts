import fc from 'fast-check'
import { expect, test } from 'vitest'
import { depthOf, fitColors } from '../../src/tui/colors.ts'

test.each([
  [{ TERM: 'xterm', COLORTERM: 'truecolor' }, 8],
  [{ TERM: 'screen', COLORTERM: '24bit' }, 8],
  // Over ssh COLORTERM stays behind.
  [{ TERM: 'xterm-kitty' }, 8],
  [{ TERM: 'xterm-direct' }, 8],
  [{ TERM: 'xterm-256color' }, 8],
  [{ TERM: 'tmux-256color', COLORTERM: '' }, 8],
  [{ TERM: 'linux' }, 4],
  [{ TERM: 'vt100' }, 4],
  [{}, 4],
] as const)('%j: %d bits', (env, bits) => {
  expect(depthOf(env)).toBe(bits)
})

test.each([
  ['sixteen colours everywhere', '1;31;102', '1;31;102', '1;31;102'],
  ['a reset without a number', '', '0', '0'],
  ['256 only where they are known', '1;38;5;208;4', '1;38;5;208;4', '1;4'],
  ['24 bits too', '1;48;2;0;0;240;4', '1;48;2;0;0;240;4', '1;4'],
  ['with colons and a colour space', '38:2::255:135:0;1', '38;2;255;135;0;1', '1'],
  ['with colons and none', '48:2:255:135:0;1', '48;2;255;135;0;1', '1'],
  ['256 with colons', '38:5:208;1', '38;5;208;1', '1'],
  ['no colour and form of an underline', '4:3;58;5;1;1;4:0', '1', '1'],
])('%s', (_what, given, many, few) => {
  expect([8, 4].map((depth) => fitColors(`\x1b[${given}m`, depth as 8))).toEqual([many, few].map((codes) => `\x1b[${codes}m`))
})

test.each(['38', '38;5', '38;2;1;2', '38:9:1', '38;2;;'])('%s is no colour', (given) => {
  expect(fitColors(`\x1b[${given}m`, 8)).toBe('')
})

test('what blinks, hides or frames a line goes, what stands beside it stays', () => {
  for (const code of [5, 6, 8, 10, 25, 28, 51, 99, 108, 255]) {
    expect(fitColors(`\x1b[${code}m`, 8)).toBe('')
    expect(fitColors(`\x1b[1;${code};31m`, 8)).toBe('\x1b[1;31m')
  }
})

test('whatever stands in it, a terminal of sixteen colours gets codes of one number each', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[0-9;:]{0,60}$/), (given) =>
      /^(?:\x1b\[(?:\d+;)*\d+m)?$/.test(fitColors(`\x1b[${given}m`, 4)),
    ),
  )
})
