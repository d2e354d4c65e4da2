import { expect, test } from 'vitest'
import { DetachKeys } from '../../../../src/cli/commands/attach/detach-keys.ts'
import { detachKeys, key } from '../../../../src/protocol/terminal-keys.ts'

/** What goes through of these pieces, and after how many of them it is left. */
function typed(keys: string, ...pieces: string[]): [string, number | null] {
  const looking = new DetachKeys(detachKeys(keys))
  let through = ''
  for (const [index, piece] of pieces.entries()) {
    const taken = looking.take(Buffer.from(piece))
    through += taken.through.toString()
    if (taken.leaves) return [through, index + 1]
  }
  return [through, null]
}

test.each([
  ['ctrl-\\', ['abc', 'd\x1cef'], ['abcd', 2]],
  ['ctrl-\\', ['abc'], ['abc', null]],
  ['ctrl-p,ctrl-q', ['a\x10', 'b'], ['a\x10b', null]],
  ['ctrl-p,ctrl-q', ['a\x10', '\x11b'], ['a', 2]],
  ['ctrl-p,ctrl-q', ['\x10\x10\x11'], ['\x10', 1]],
  ['ctrl-p,x', ['\x10', 'ä', '\x10x'], ['\x10ä', 3]],
] as [string, string[], [string, number | null]][])('%s in %j', (keys, pieces, expected) => {
  expect(typed(keys, ...pieces)).toEqual(expected)
})

test('keys have names', () => {
  expect(['ctrl-c', 'CTRL-C', '^c', 'C-[', 'enter', 'up', 'x', 'ä'].map((each) => key(each))).toEqual([
    '\x03',
    '\x03',
    '\x03',
    '\x1b',
    '\r',
    '\x1b[A',
    'x',
    'ä',
  ])
  for (const unknown of ['', 'hyper', 'ctrl-1', 'ctrl-', 'constructor'])
    expect(() => key(unknown)).toThrow(/there is no such key/)
})
