/** Each pattern on the longest line that is made of its own beginning: what takes long here would hold up every reader of a log. */
import { expect, test } from 'vitest'
import { redact } from '../../src/core/redact.ts'

test('lines made to take long take no longer than others', () => {
  const pieces = [
    '-',
    'a.',
    'sk-',
    'eyJ-',
    '://a:',
    'token=',
    'token: ',
    '--token ',
    'bearer ',
    '-----BEGIN PRIVATE KEY-----',
    'password="',
    'eyJaaaaaaaa.',
  ]
  for (const piece of pieces) {
    const line = `secret ${piece.repeat(Math.ceil(65_536 / piece.length))}`
    expect(typeof redact(line)).toBe('string')
  }
})
