/** Lines and counted bytes of one stream, in any pieces. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LineReader } from '../../src/protocol/lines.ts'

type Part = { line: string } | { bytes: Buffer }
const line = fc.string({ unit: fc.constantFrom('a', 'ä', '漢', ' '), maxLength: 30 }).map((text): Part => ({ line: text }))
const bytes = fc.uint8Array({ maxLength: 40 }).map((all): Part => ({ bytes: Buffer.from(all) }))

test('what was written is read, whatever is torn where', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(line, bytes), { maxLength: 20 }),
      fc.array(fc.integer({ min: 1, max: 17 }), { minLength: 1 }),
      (parts, sizes) => {
        const stream = Buffer.concat(parts.map((part) => ('line' in part ? Buffer.from(`${part.line}\n`) : part.bytes)))
        const reader = new LineReader()
        let at = 0
        for (let turn = 0; at < stream.length; turn++) {
          const size = sizes[turn % sizes.length]!
          // Looking too early takes nothing.
          if ('line' in (parts[0] ?? { line: '' })) reader.hasLine()
          reader.push(stream.subarray(at, at + size))
          at += size
        }
        for (const part of parts) {
          if ('line' in part) expect(reader.next()).toBe(part.line)
          else expect(reader.take(part.bytes.length)).toEqual(part.bytes)
        }
        expect([reader.next(), reader.pendingBytes, reader.take(1)]).toEqual([null, 0, null])
      },
    ),
  )
})

test('bytes that are not all there stay, and a line may follow them', () => {
  const reader = new LineReader()
  reader.push(Buffer.from('ab'))
  expect(reader.take(3)).toBeNull()
  reader.push(Buffer.from('\ncd\n'))
  expect([reader.take(3)!.toString(), reader.next(), reader.next()]).toEqual(['ab\n', 'cd', null])
})
