/** Splitting command lines as the peers do; the results are those of Python 3's shlex.split. */
import { expect, test } from 'vitest'
import { shellWords } from '../../src/files/import/split-words.ts'

test.each([
  ['a  b\tc\nd', ['a', 'b', 'c', 'd']],
  [`"a b"'c d' ""`, ['a bc d', '']],
  [`"a\\"b\\\\c\\d" 'a\\b'`, ['a"b\\c\\d', 'a\\b']],
  ['a\\ b \\#c', ['a b', '#c']],
  ['a\\\nb', ['a\nb']],
  [`$'a\\n' $"b"`, ['$a\\n', '$b']],
  ['a\u00a0b', ['a\u00a0b']],
  ['', []],
])('%j', (text, words) => {
  expect(shellWords(text, 'x')).toEqual(words)
})

test.each([
  ['a "b', 'the quote " is never closed'],
  ["a 'b", "the quote ' is never closed"],
  ['a \\', 'the backslash at the end escapes nothing'],
])('%j is refused', (text, why) => {
  expect(() => shellWords(text, '[program:x] of x.conf')).toThrow(`cannot import [program:x] of x.conf: ${why}`)
})
