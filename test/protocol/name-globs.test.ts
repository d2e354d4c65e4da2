import fc from 'fast-check'
import { expect, test } from 'vitest'
import { matchesGlob } from '../../src/protocol/name-globs.ts'
import { runs } from '../support/effort.ts'
import { atMost } from '../support/slow-machine.ts'

test.each([
  ['', '', true],
  ['*', '', true],
  ['?', '', false],
  ['a*', 'a', true],
  ['a*b', 'ab', true],
  ['a*b', 'axxb', true],
  ['a*b', 'axxbc', false],
  ['*a*b*', 'xxaxxbxx', true],
  ['a**b', 'ab', true],
  ['[a-c]', 'b', true],
  ['[a-c]', 'd', false],
  ['[c-a]', 'b', false],
  ['[!a-c]', 'd', true],
  ['[^a-c]', 'a', false],
  ['[a-]', '-', true],
  ['[]a]', 'a', true],
  ['[]a]', ']', true],
  ['[!]a]', ']', false],
  ['[!]a]', 'b', true],
  ['[a', '[a', true],
  ['[', '[', true],
  ['a.c', 'abc', false],
  ['a+', 'a+', true],
  ['(x)', '(x)', true],
  ['\\d', '5', false],
  // The slash behind a project.
  ['*', 'a/b', false],
  ['*/b', 'a/b', true],
  ['a/*', 'a/b', true],
  ['a?b', 'a/b', false],
  ['a[!x]b', 'a/b', false],
  ['*b', 'a/b', false],
])('%j matches %j: %s', (glob, text, expected) => {
  expect(matchesGlob(glob, text)).toBe(expected)
})

/** Slow and plain: what the quick one has to agree with. */
function plainly(glob: string, text: string): boolean {
  if (glob === '') return text === ''
  if (glob[0] === '*') return plainly(glob.slice(1), text) || (text !== '' && text[0] !== '/' && plainly(glob, text.slice(1)))
  return text !== '' && ((glob[0] === '?' && text[0] !== '/') || glob[0] === text[0]) && plainly(glob.slice(1), text.slice(1))
}
const letters = (all: string, maxLength: number) => fc.string({ unit: fc.constantFrom(...all), maxLength })

test('agree with a plain definition', () => {
  fc.assert(
    fc.property(letters('ab/*?', 8), letters('abc/', 10), (glob, text) => matchesGlob(glob, text) === plainly(glob, text)),
    { numRuns: runs(2000) },
  )
})

test('what anybody may type is answered at once', () => {
  const began = performance.now()
  expect(matchesGlob(`${'*a'.repeat(100)}b`, 'a'.repeat(120))).toBe(false)
  fc.assert(
    fc.property(
      fc.string({ maxLength: 256 }),
      fc.string({ maxLength: 120 }),
      (glob, text) => typeof matchesGlob(glob, text) === 'boolean',
    ),
  )
  // With backtracking the first line alone takes longer than anyone waits.
  expect(performance.now() - began).toBeLessThan(atMost(20_000))
})
