/** Output in any pieces becomes whole lines behind a name, with their colours and without what moves the cursor. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Lines } from '../../../../src/cli/commands/dev/lines.ts'
import { prefixOf } from '../../../../src/cli/commands/dev/printer.ts'

const all = { before: '> ', shows: null }

function shown(text: string, pieces: number[] = [], dress: Parameters<Lines['take']>[1] = all): string {
  const bytes = Buffer.from(text)
  const lines = new Lines()
  const out: Buffer[] = []
  let from = 0
  for (const piece of [...pieces, bytes.length]) {
    out.push(lines.take(bytes.subarray(from, from + piece), dress))
    from += piece
  }
  return Buffer.concat([...out, lines.end(dress)]).toString()
}

describe('Lines', () => {
  test('every way to cut the output gives the same lines', () => {
    const text = 'first\n\nthird: grün €\x1b[31mred\nstill\x1b[0m\r\nprogress 1\rprogress 2\n\tend'
    const whole = shown(text)
    for (let one = 1; one < Buffer.byteLength(text); one++) for (const two of [1, 7]) expect(shown(text, [one, two])).toBe(whole)
    expect(whole).toBe('> first\n> \n> third: grün €\x1b[31mred\x1b[0m\n> \x1b[31mstill\x1b[0m\n> progress 2\n> \tend\n')
  })

  test('of any output, each line is shown as it is alone, but for the colours of the one before', () => {
    const part = fc.constantFrom('a', 'long '.repeat(60), '\t', 'ü', '\n', '\n\n', '\r', '\x1b[31m', '\x1b[0m', '\x1b[2K', '\x07')
    fc.assert(
      fc.property(fc.array(part), fc.array(fc.nat(40)), (parts, pieces) => {
        const text = parts.join('')
        const whole = shown(text)
        expect(shown(text, pieces)).toBe(whole)
        if (text.includes('\x1b[31m')) return
        const ended = text.endsWith('\n') ? text.slice(0, -1) : text
        expect(whole).toBe(
          text === ''
            ? ''
            : ended
                .split('\n')
                .map((line) => shown(`${line}\n`))
                .join(''),
        )
      }),
    )
  })

  test('a line without its end is shown when the run is over', () => {
    const lines = new Lines()
    expect(lines.take(Buffer.from('pass'), all)).toHaveLength(0)
    expect(lines.take(Buffer.from('word: '), all)).toHaveLength(0)
    expect(lines.end(all).toString()).toBe('> password: \n')
    expect(lines.end(all)).toHaveLength(0)
  })

  test.each([
    ['moves of the cursor', 'a\x1b[2Kb\x1b[1A\x1b[?25lc', 'abc'],
    ['a cleared screen', '\x1bc\x1b[2J\x1b[Hready', 'ready'],
    ['titles and links', '\x1b]0;title\x07a \x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\', 'a link'],
    ['a bell and a backspace', 'a\x07b\bc', 'abc'],
    ['bytes that are no UTF-8', Buffer.from([0x61, 0x0a]).toString(), 'a'],
  ])('%s', (_, text, expected) => {
    expect(shown(text)).toBe(`> ${expected}\n`)
  })

  test('bytes that are no UTF-8 are passed on as they are', () => {
    const out = new Lines().take(Buffer.from([0xff, 0x9b, 0x80, 0x0a]), all)
    expect([...out]).toEqual([0x3e, 0x20, 0xff, 0x9b, 0x80, 0x0a])
  })

  test('only lines that are asked for, by what a person reads', () => {
    const dress = { before: '> ', shows: (line: string) => /grün/.test(line) }
    expect(shown('rot\ngr\x1b[32mün\x1b[39m\nblau\n', [2], dress)).toBe('> gr\x1b[32mün\x1b[39m\n')
  })

  test('colours of a hidden line reach the next', () => {
    const dress = { before: '', shows: (line: string) => line !== 'one' }
    expect(shown('\x1b[1;38;5;9mone\ntwo\x1b[m\nthree\n', [], dress)).toBe('\x1b[1;38;5;9mtwo\x1b[m\nthree\n')
  })

  test('a line of many megabytes is held in pieces, and is whole', () => {
    const lines = new Lines()
    const piece = Buffer.alloc(300_000, 'x')
    let out = ''
    for (let i = 0; i < 10; i++) out += lines.take(piece, all)
    expect(out.length).toBeGreaterThan(1_900_000)
    out += lines.take(Buffer.from('\n'), all)
    expect(out.replaceAll(/> |\n/g, '').length).toBe(3_000_000)
  })
})

test('names are padded to the longest, by what a terminal shows', () => {
  expect(prefixOf('web', 6, null)).toBe('web    | ')
  expect(prefixOf('数据', 6, null)).toBe('数据   | ')
  expect(prefixOf('api', 3, 36)).toBe('\x1b[36mapi |\x1b[0m ')
  expect(Buffer.byteLength(prefixOf('ü', 1, null))).toBe(5)
})
