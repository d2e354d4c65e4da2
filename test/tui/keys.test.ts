import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { commandOf } from '../../src/tui/bindings.ts'
import { BINDINGS } from '../../src/tui/key-table.ts'
import { KeyDecoder, type TerminalInput } from '../../src/tui/keys.ts'
import { anyCharacter } from '../support/any-character.ts'

const key = (name: string): TerminalInput => ({ kind: 'key', key: name })
const SENT: [bytes: string, inputs: TerminalInput[]][] = [
  ['a', [key('a')]],
  ['G', [key('G')]],
  ['ä', [key('ä')]],
  ['😀', [key('😀')]],
  ['\r', [key('enter')]],
  ['\t', [key('tab')]],
  ['\x7f', [key('backspace')]],
  ['\x03', [key('ctrl-c')]],
  ['\x1a', [key('ctrl-z')]],
  ['\x1b[A', [key('up')]],
  ['\x1bOB', [key('down')]],
  ['\x1b[1;5A', [key('up')]],
  ['\x1b[5~\x1b[6~', [key('pageup'), key('pagedown')]],
  ['\x1b[1~\x1b[4~\x1bOH\x1b[F', [key('home'), key('end'), key('home'), key('end')]],
  ['\x1b[Z', [key('backtab')]],
  ['jjq', [key('j'), key('j'), key('q')]],
  ['\x1b[<0;10;5M', [{ kind: 'mouse', action: 'press', column: 9, row: 4 }]],
  ['\x1b[<0;10;5m', []],
  [
    '\x1b[<64;1;1M\x1b[<65;200;60M',
    [
      { kind: 'mouse', action: 'wheel-up', column: 0, row: 0 },
      { kind: 'mouse', action: 'wheel-down', column: 199, row: 59 },
    ],
  ],
  ['\x1b[<2;3;3M', []],
  ['\x1b[200~rm -rf\nq\x1b[A\x1b[201~x', [{ kind: 'paste', text: 'rm -rf\nq\x1b[A' }, key('x')]],
  ['\x1b[99~', []],
  ['\x1b[?1;2c', []],
]

test.each(SENT)('%j is decoded', (bytes, inputs) => {
  const decoder = new KeyDecoder()
  expect(decoder.push(bytes)).toEqual(inputs)
  expect(decoder.waiting).toBe(false)
})

test.each(SENT)('%j is the same in pieces', (bytes, inputs) => {
  const decoder = new KeyDecoder()
  expect([...bytes].flatMap((piece) => decoder.push(piece))).toEqual(inputs)
})

describe('Escape', () => {
  test('alone it is one once nothing follows', () => {
    const decoder = new KeyDecoder()
    expect(decoder.push('\x1b')).toEqual([])
    expect(decoder.waiting).toBe(true)
    expect(decoder.flush()).toEqual([key('escape')])
  })
  test('before a letter it is one at once, and the letter counts', () => {
    expect(new KeyDecoder().push('\x1bx')).toEqual([key('escape'), key('x')])
  })
  test('a sequence that never ends gives its letters back', () => {
    const decoder = new KeyDecoder()
    expect(decoder.push('\x1b[1')).toEqual([])
    expect(decoder.flush()).toEqual([key('escape'), key('['), key('1')])
  })
})

test('whatever comes, the decoder neither throws nor hangs, and a paste is bounded', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.string({ unit: anyCharacter }), fc.constantFrom('\x1b[', '\x1b[200~', '\x1b[<'))),
      (pieces) => {
        const decoder = new KeyDecoder()
        for (const input of [...pieces.flatMap((piece) => decoder.push(piece)), ...decoder.flush()])
          if (input.kind === 'paste') expect(input.text.length).toBeLessThanOrEqual(4096)
      },
    ),
  )
  const decoder = new KeyDecoder()
  decoder.push('\x1b[200~')
  for (let i = 0; i < 100; i++) decoder.push('x'.repeat(1000))
  expect(decoder.push('\x1b[201~')).toEqual([{ kind: 'paste', text: 'x'.repeat(4096) }])
})

test('in each place a key has one meaning, and every binding can be reached', () => {
  for (const { command, keys, places } of BINDINGS)
    for (const place of places) for (const one of keys) expect([place, one, commandOf(one, place)]).toEqual([place, one, command])
})
