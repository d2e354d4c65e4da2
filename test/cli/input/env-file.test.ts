import { expect, test } from 'vitest'
import { parseEnvFile, readEnvFile } from '../../../src/cli/input/env-file.ts'

test('the forms that people write', () => {
  const text = [
    '\uFEFF# a comment',
    '',
    'PLAIN=value',
    'export EXPORTED=1',
    'EMPTY=',
    'SPACED = around ',
    'HASH=a#b # comment',
    "SINGLE='a # $x \\n'",
    'DOUBLE="tab\\tquote\\" dollar\\$ back\\\\ other\\d"',
    'MULTI="one',
    'two" # comment',
    'URL=postgres://u:p@h/db?x=1',
    'LAST=no newline',
  ].join('\n')
  expect(parseEnvFile(text, 'x.env')).toEqual({
    PLAIN: 'value',
    EXPORTED: '1',
    EMPTY: '',
    SPACED: 'around',
    HASH: 'a#b',
    SINGLE: 'a # $x \\n',
    DOUBLE: 'tab\tquote" dollar$ back\\ other\\d',
    MULTI: 'one\ntwo',
    URL: 'postgres://u:p@h/db?x=1',
    LAST: 'no newline',
  })
})

test('Windows line ends', () => expect(parseEnvFile('A=1\r\nB="2"\r\n', 'x')).toEqual({ A: '1', B: '2' }))

test.each([
  ['A=1\nnonsense\n', 'x.env:2: there is no `=` in "nonsense"'],
  ['A="1\n2"\n3X=1\n', 'x.env:3: "3X" is not a name of a variable'],
  ['A=1\n\nB="open\nC=2\n', 'x.env:3: the quote " that opens the value of B is never closed'],
  ["A='x' y\n", 'x.env:1: something follows the closing quote of A'],
])('%j is refused with its line', (text, message) => {
  expect(() => parseEnvFile(text, 'x.env')).toThrow(`cannot read the environment file ${message}`)
})

test('a missing file says so', () => {
  expect(() => readEnvFile('/nonexistent/.env')).toThrow(
    'cannot read the environment file /nonexistent/.env: there is no such file',
  )
})
