import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LineSplitter, type RawLine } from '../../../src/adapters/logs/lines.ts'

function split(bytes: Buffer, borders: number[], limit?: number): RawLine[] {
  const splitter = new LineSplitter(0, limit)
  const lines: RawLine[] = []
  let from = 0
  for (const to of [...borders.map((border) => border % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]) {
    splitter.push(bytes.subarray(from, to), (line) => lines.push(line))
    from = to
  }
  const rest = splitter.finish()
  return rest ? [...lines, rest] : lines
}

test('wherever the chunks end, characters stay whole and offsets add up', () => {
  const line = fc.string({ unit: fc.constantFrom('a', 'é', '€', '😀', '\t', ' '), maxLength: 40 })
  fc.assert(
    fc.property(fc.array(line, { maxLength: 20 }), fc.array(fc.nat(), { maxLength: 30 }), (texts, borders) => {
      const bytes = Buffer.from(texts.map((text) => `${text}\n`).join(''))
      const lines = split(bytes, borders)
      expect(lines.map(({ text }) => text)).toEqual(texts)
      expect(lines.at(-1)?.end ?? 0).toBe(bytes.length)
      lines.forEach((each, i) => {
        expect(each.start).toBe(lines[i - 1]?.end ?? 0)
      })
    }),
  )
})

test('any bytes at all give the same lines, however they are cut into chunks', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.array(fc.nat(), { maxLength: 30 }), (bytes, borders) => {
      expect(split(Buffer.from(bytes), borders, 16)).toEqual(split(Buffer.from(bytes), [], 16))
    }),
  )
})

test('a long line is cut before a torn character, and says by how much', () => {
  expect(split(Buffer.from(`${'a'.repeat(9)}€€€\nnext\r\n`), [], 10).map(({ text }) => text)).toEqual([
    `${'a'.repeat(9)}… (9 bytes cut)`,
    'next',
  ])
})

test('carriage returns go at the end of a line only, and bytes that are no UTF-8 are replaced', () => {
  expect(split(Buffer.from('10%\r20%\r\n'), []).map(({ text }) => text)).toEqual(['10%\r20%'])
  expect(split(Buffer.from([0x61, 0xff, 0x0a]), []).map(({ text }) => text)).toEqual(['a\ufffd'])
})
